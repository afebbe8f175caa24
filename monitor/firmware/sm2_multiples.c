/*
 * Sums of G, 2^64 G, 2^128 G and 2^192 G, where G generates the group: number d has those whose bits are set in d. In
 * Montgomery form; number 0 is the point at infinity.
 */

#include "sm2_multiples.h"

#define ONE {{0x0000000000000001, 0x00000000ffffffff, 0x0000000000000000, 0x0000000100000000}}

const struct point sm2_multiples[SM2_MULTIPLES] = {
    [0] = {.y = ONE},
    [1] = {.x = {{0x61328990f418029e, 0x3e7981eddca6c050, 0xd6a1ed99ac24c3c3, 0x91167a5ee1c13b05}},
           .y = {{0xc1354e593c2d0ddd, 0xc1f5e5788d3295fa, 0x8d4cfb066e2a48f8, 0x63cd65d481d735bd}},
           .z = ONE},
    [2] = {.x = {{0x4b33e020bad830d2, 0x5c101f9e590dffb3, 0xcd0e0498bc80ecb0, 0x302787f852aa293e}},
           .y = {{0xbfd64ced220f8fc8, 0xcf5cebe0be0ee377, 0xdc03a0388913b128, 0x4b096971fde23279}},
           .z = ONE},
    [3] = {.x = {{0xb4ee84e239a0d9dc, 0xf7d229cc061edfa5, 0x9765b24bd4cf33d0, 0x511c69f113329f59}},
           .y = {{0x41095bb7a07ae316, 0x3a4650f1387f0e5a, 0x4624421c99827e4a, 0x7b1e814404b4243a}},
           .z = ONE},
    [4] = {.x = {{0x7b9f561a8a914b50, 0x2bf7130e9154d377, 0x6800f696519b4c35, 0xc9e65040568b4c56}},
           .y = {{0x30706e006d98a331, 0x781a12f6e211ce1e, 0x1fff9e3d40562e5f, 0x6356cf468c166747}},
           .z = ONE},
    [5] = {.x = {{0x96c4e4f3897518d9, 0x3825d80c66f75b0d, 0xfa0bd6c007f7ceb5, 0x5c01af69a303ef24}},
           .y = {{0xdd75cf9e6bfcbc92, 0x8bfe4a53248dceae, 0x519362c695373421, 0x6f350880168ccb86}},
           .z = ONE},
    [6] = {.x = {{0xfa95c510cf13b772, 0xa9b3fc90d95aca7c, 0x8e6e77904cb1a435, 0x840b63d98754e6a0}},
           .y = {{0xcfa6798133196bd2, 0x15ab0561ef85911f, 0x504d9402fbd94af6, 0x063173d3fcc90fb5}},
           .z = ONE},
    [7] = {.x = {{0x6d58e50e11fa5996, 0x5a7db9bacce6427b, 0x7d30d5aa95291d18, 0x9e69e861cd354763}},
           .y = {{0x2d0cbca9706bd6f9, 0x63cc64b0af3bda5f, 0x09cc5dbf06d6cc0d, 0x533ba1aa81e50b6b}},
           .z = ONE},
    [8] = {.x = {{0xfb3992a4202bde39, 0x2549f5643d6bab98, 0x0b56464287712512, 0xd52442b47fde7e50}},
           .y = {{0xa6cefd08a3d3e16e, 0x5b194f0ac83b29bd, 0x6db0edd8906dec8c, 0x7a09095902570c1e}},
           .z = ONE},
    [9] = {.x = {{0x04d6ce6dbfab3d26, 0xf2aa223b668edf18, 0xeb899557f06250ba, 0xef6bba074940d66d}},
           .y = {{0xb483763bb78ca345, 0x15867b4f3f08ff72, 0x91225b725bca92b2, 0xccead663498804db}},
           .z = ONE},
    [10] = {.x = {{0xd7aef5e8487bdc21, 0x626fbd75858c0310, 0x8cd9250d08d1054f, 0x25a65ab1d0831265}},
            .y = {{0x4d0ac007fec04e2c, 0x859f43558ddf0f4c, 0xb1d58e0b031dd8a0, 0x9df8ab409618799d}},
            .z = ONE},
    [11] = {.x = {{0x4cfcca5543d44adf, 0x6ed6f6956bf2e90e, 0xff878d621f8b275d, 0x4ac00774846471f5}},
            .y = {{0xe8f08905d59b5eaa, 0xf961eb4fc904e73a, 0x512829438419c14c, 0x591e7dcf94e41d6e}},
            .z = ONE},
    [12] = {.x = {{0x7254de6e805f0ed8, 0xe0ad1d7905ad4708, 0xf3212455a339058e, 0xf176c2f9834b8957}},
            .y = {{0x6a42a6929162ff84, 0x7af37ab5eaa628e8, 0xe6605aa80da655e1, 0x840eabd99bce77b6}},
            .z = ONE},
    [13] = {.x = {{0x15e2a820b891bf80, 0xf218d7d63dcfd53c, 0x0b3fbb91c354f5d6, 0xd2907e2060ec6c0b}},
            .y = {{0x2ba584dd4a8c701a, 0x1edfa8b29f829e57, 0x482e8e37f33ce835, 0x4f8b758175b06197}},
            .z = ONE},
    [14] = {.x = {{0xc1f039f848e761ab, 0xb75d923ca4db0990, 0xfe8fffc185ba216c, 0x5f193c8764667cdc}},
            .y = {{0xdce2f35c78ed1f3c, 0x82cbb59e77a90887, 0x0c6bb634521fca71, 0xbf0b44e88d79141f}},
            .z = ONE},
    [15] = {.x = {{0xc424f15dc6fe11e5, 0x1e866a4919a25ef3, 0x419ace92dbb31334, 0x1bd3b4412408a903}},
            .y = {{0x1bb62300cad2225b, 0x44db4cabcf204b84, 0x9fcf0afacd229aa6, 0x38d13bedcc492384}},
            .z = ONE},
};
