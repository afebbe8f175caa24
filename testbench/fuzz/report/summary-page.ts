import { posix } from 'node:path'
import { escapeHtml, htmlPage } from '../../view/html.ts'
import type { Breach, PromiseSummary, Summary } from '../summary.ts'
import { reportStyle } from './page-parts.ts'
import { reachedTexts, verdictOf } from './text.ts'
import { clock, counted, grouped } from './words.ts'

/**
 * A page on a campaign: the promises, what was reached, and each breach with a link to its own page.
 * @param folder where the page will lie; links are relative to it
 */
export function summaryPage(summary: Summary, folder: string): string {
  const { promises, breaches, reached } = summary
  const body = `${header(summary)}
<h2>Promises</h2>
${promiseTable(promises)}
<h2>${breaches.length === 0 ? 'No breaches' : counted(breaches.length, 'breach', 'breaches')}</h2>
${breaches.map((breach) => breachHtml(breach, folder)).join('\n')}
<h2>Reached</h2>
<ul>${reachedTexts(reached)
    .map((text) => `<li>${text}</li>`)
    .join('')}</ul>`
  return htmlPage({ title: `${titleOf(summary)}: ${summary.monitor}`, style: reportStyle, script: '', body })
}

function titleOf({ promises, breaches }: Summary): string {
  if (breaches.length === 0) return 'no promise was broken'
  const broken = promises.filter((promise) => promise.breaches > 0).length
  return `${broken} of ${counted(promises.length, 'promise')} broken`
}

function header(summary: Summary): string {
  const { cases, seconds, casesPerSecond, breaches, interrupted, ...how } = summary
  const { seed, workers, shard, monitor, core, faults } = how
  const facts = [
    ['monitor', monitor],
    ['core', faults.length === 0 ? core : `${core}, planted ${faults.join(', ')}`],
    ['seed', String(seed)],
    ['workers', String(workers)],
    ...(shard === null ? [] : [['shard', shard]]),
  ]
  const isHeld = breaches.length === 0
  const until = interrupted ? ' It was interrupted: this is what was found until then.' : ''
  return `<header class="verdict${isHeld ? ' held' : ''}">
<p><b class="badge">${isHeld ? '✔ HELD' : '✖ BROKEN'}</b></p>
<h1>${titleOf(summary)}</h1>
<p>${counted(cases, 'case')} in ${clock(seconds)}, ${grouped(Math.round(casesPerSecond))} a second.${until}</p>
<dl class="facts">${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`).join('')}</dl>
</header>`
}

function promiseTable(promises: readonly PromiseSummary[]): string {
  const rows = promises.map(({ name, statement, cases, breaches }) => {
    const verdict = verdictOf({ cases, breaches })
    const mark = { BROKEN: '<b class="mark">✖ BROKEN</b>', held: '✔ held', 'not tried': '– not tried' }[verdict]
    return `<tr><td>${mark}</td><td><b>${escapeHtml(name)}</b></td><td class="n">${grouped(cases)}</td><td class="n">${breaches}</td><td class="prose">${escapeHtml(statement)}</td></tr>`
  })
  const head = ['', 'promise', 'cases', 'breaches', 'what it says'].map((name) => `<th>${name}</th>`)
  return `<table class="plain promises"><thead><tr>${head.join('')}</tr></thead>${rows.join('')}</table>`
}

function breachHtml(breach: Breach, folder: string): string {
  const { promise, sentence, steps, stepsFound, cases, why, replay, page, elf, seed, path } = breach
  const title = escapeHtml(sentence)
  const link = page === undefined ? title : `<a href="${escapeHtml(linkTo(page, folder))}">${title}</a>`
  const program = elf === undefined ? '' : `<p class="cost">The same as a program: ${escapeHtml(elf)}</p>`
  return `<article class="found"><h3><span>${escapeHtml(promise)}</span> ${link}</h3>
<ol>${steps.map((text) => `<li><pre>${escapeHtml(text)}</pre></li>`).join('')}</ol>
${why.map((line) => `<p class="because">${escapeHtml(line)}</p>`).join('')}
<p class="replay"><span>replay</span> <code>${escapeHtml(replay)}</code></p>
<p class="cost">Found after ${counted(cases, 'case')} with seed ${seed}, path ${escapeHtml(path)}; ${counted(steps.length, 'step')} left of ${stepsFound}.</p>${program}</article>`
}

/** Paths of pages have slashes on every system. */
const linkTo = (page: string, folder: string): string =>
  posix.relative(folder, page).split('/').map(encodeURIComponent).join('/')
