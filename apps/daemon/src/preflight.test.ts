import assert from 'node:assert/strict'
import { test } from 'node:test'
import { preflight, type Machine } from './preflight.js'

const whole: Machine = { uid: 0, hasProgram: () => true, hasFile: () => true, fileSystems: 'nodev overlay' }

void test('a machine that has all starts', () => {
  assert.deepEqual(preflight(whole, undefined), [])
})

void test('what is missing is named with its package, and one command installs it', () => {
  const bare: Machine = { ...whole, hasProgram: (name) => !['containerd', 'nft', 'tini', 'tini-static'].includes(name) }
  assert.deepEqual(preflight(bare, undefined), [
    'missing: containerd, from the Debian package containerd',
    'missing: nft, from the Debian package nftables',
    'missing: tini (the init of containers that ask for one), from the Debian package tini',
    'install what is missing: apt-get install --no-install-recommends containerd nftables tini',
  ])
})

void test('a foreign containerd needs its socket, not the program', () => {
  const machine: Machine = {
    ...whole,
    hasProgram: (name) => name !== 'containerd',
    hasFile: (path) => path !== '/c.sock',
  }
  assert.match(preflight(machine, '/c.sock').join('\n'), /^no containerd answers at \/c\.sock: start it/)
})

void test('root and overlayfs', () => {
  const findings = preflight({ ...whole, uid: 1000, fileSystems: 'ext4' }, undefined)
  assert.match(findings.join('\n'), /needs to run as root[\s\S]*modprobe overlay/)
})
