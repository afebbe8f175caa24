// A mixture of what integer programs do, for measuring the engines: sorting, CRC, wide products, division, 32-bit
// arithmetic, and a small hash table. Checks its own results and exits with 0 where they are right.
typedef unsigned long u64;
typedef unsigned int u32;

#define ELEMENTS 1024
#define ROUNDS 400
#define EXPECTED 12690214221741586820ul

static u64 values[ELEMENTS];
static u64 table[4096];

static u64 random_state;
static u64 next_random(void) {
  random_state = random_state * 6364136223846793005ul + 1442695040888963407ul;
  return random_state >> 16;
}

static void sort(u64 *a, long low, long high) {
  while (low < high) {
    u64 pivot = a[(low + high) / 2];
    long i = low, j = high;
    while (i <= j) {
      while (a[i] < pivot) i++;
      while (a[j] > pivot) j--;
      if (i <= j) {
        u64 t = a[i];
        a[i++] = a[j];
        a[j--] = t;
      }
    }
    if (j - low < high - i) {
      sort(a, low, j);
      low = i;
    } else {
      sort(a, i, high);
      high = j;
    }
  }
}

static u64 crc(const u64 *a, long n) {
  u64 sum = ~0ul;
  for (long i = 0; i < n; i++) {
    sum ^= a[i];
    for (int bit = 0; bit < 8; bit++) sum = (sum >> 1) ^ (-(sum & 1) & 0xc96c5795d7870f42ul);
  }
  return ~sum;
}

static u64 products(const u64 *a, long n) {
  u64 low = 0, high = 0;
  for (long i = 0; i + 1 < n; i++) {
    unsigned __int128 product = (unsigned __int128)a[i] * a[i + 1];
    u64 before = low;
    low += (u64)product;
    high += (u64)(product >> 64) + (low < before);
  }
  return low ^ high;
}

static u64 quotients(const u64 *a, long n) {
  u64 sum = 0;
  for (long i = 0; i + 1 < n; i++) sum += a[i] / (a[i + 1] | 1) + a[i] % ((a[i + 1] & 0xffff) | 1);
  return sum;
}

static u32 words(const u64 *a, long n) {
  u32 x = 1, y = 2;
  for (long i = 0; i < n; i++) {
    x = (x << 5) - x + (u32)a[i];
    y ^= (x >> 7) * 0x9e3779b1u;
  }
  return x ^ y;
}

static u64 hash_counts(const u64 *a, long n) {
  u64 hits = 0;
  for (long i = 0; i < n; i++) {
    u64 slot = (a[i] * 0x9e3779b97f4a7c15ul) >> 52;
    while (table[slot] != 0 && table[slot] != a[i]) slot = (slot + 1) & 4095;
    hits += table[slot] == a[i];
    table[slot] = a[i];
  }
  return hits;
}

int main(void) {
  u64 sum = 0;
  random_state = 1;
  for (int round = 0; round < ROUNDS; round++) {
    for (long i = 0; i < ELEMENTS; i++) values[i] = next_random();
    for (long i = 0; i < 4096; i++) table[i] = 0;
    sum += crc(values, ELEMENTS) + products(values, ELEMENTS) + quotients(values, ELEMENTS) + words(values, ELEMENTS);
    sort(values, 0, ELEMENTS - 1);
    for (long i = 0; i + 1 < ELEMENTS; i++)
      if (values[i] > values[i + 1]) return 1;
    sum = sum * 31 + crc(values, ELEMENTS) + hash_counts(values, ELEMENTS);
  }
  return sum == EXPECTED ? 0 : 2;
}
