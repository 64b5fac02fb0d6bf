// FROM, and which ARG is seen where.
import { hostPlatform } from '../../../../src/oci/platform.ts';
import type { CaseGroup } from '../build-case.ts';

const AWKWARD = '$HOME "quoted" \'single\' \\ \u00fc=';
const { architecture, variant = '' } = hostPlatform();
const PLATFORM = ['linux', architecture, ...(variant === '' ? [] : [variant])].join('/');

export const fromArgs: CaseGroup = {
  group: 'from and args',
  cases: [
    { name: 'nothing below', dockerfile: ['FROM scratch', 'COPY f /'], context: { f: 'f' } },
    { name: 'ARG before FROM', dockerfile: ['ARG TAG=1', 'FROM phyllo/bare:${TAG}', 'LABEL a=b'] },
    {
      name: 'a build-arg for FROM',
      dockerfile: ['ARG IMAGE=nowhere', 'FROM $IMAGE', 'LABEL image=x$IMAGE'],
      buildArgs: { IMAGE: 'phyllo/bare:1' },
    },
    {
      name: 'a default for FROM in its place',
      dockerfile: ['ARG IMAGE', 'FROM ${IMAGE:-phyllo/bare:1}', 'LABEL a=b'],
    },
    {
      name: 'an ARG before FROM is not seen in a stage',
      dockerfile: ['ARG A=global', 'FROM phyllo/bare:1', 'LABEL a=x$A'],
    },
    {
      name: 'a bare ARG imports it',
      dockerfile: ['ARG A=global', 'FROM phyllo/bare:1', 'ARG A', 'LABEL a=x$A'],
      respelled: { 'ARG A': 'ARG A=global' },
    },
    {
      name: 'a default of the stage beats it',
      dockerfile: ['ARG A=global', 'FROM phyllo/bare:1', 'ARG A=own', 'LABEL a=x$A'],
    },
    {
      name: 'a build-arg beats both',
      dockerfile: ['ARG A=global', 'FROM phyllo/bare:1', 'ARG A=own', 'LABEL a=x$A'],
      buildArgs: { A: 'given' },
      respelled: { 'ARG A=own': 'ARG A=given' },
    },
    {
      name: 'an ARG before FROM from another',
      dockerfile: ['ARG A=ba', 'ARG B=${A}re', 'FROM phyllo/$B:1', 'ARG B', 'LABEL b=$B'],
      respelled: { 'ARG B': 'ARG B=bare' },
    },
    {
      name: 'each stage has its own import',
      dockerfile: ['ARG A=g', 'FROM phyllo/bare:1 AS one', 'ARG A', 'FROM phyllo/bare:1', 'LABEL a=x$A'],
    },
    {
      name: 'a stage on another has its ARGs',
      dockerfile: [
        'FROM phyllo/bare:1 AS one',
        'ARG A=parent',
        'FROM one',
        'LABEL a=x$A',
        'RUN echo $A >/tmp/a',
      ],
      accepts: 'run-mount-points',
      respelled: {
        'RUN /bin/sh -c echo $A >/tmp/a # buildkit': 'RUN |1 A=parent /bin/sh -c echo $A >/tmp/a # buildkit',
      },
    },
    {
      name: 'ENV after ARG',
      dockerfile: ['FROM phyllo/base:1', 'ARG A=arg', 'ENV A=env', 'LABEL a=$A', 'RUN echo $A >/a'],
    },
    {
      name: 'ARG after ENV',
      dockerfile: ['FROM phyllo/base:1', 'ENV A=env', 'ARG A=arg', 'LABEL a=$A', 'RUN echo $A >/a'],
    },
    {
      name: 'a build-arg and ENV',
      dockerfile: ['FROM phyllo/base:1', 'ARG A', 'ENV A=${A:-default}', 'RUN echo $A >/a'],
      buildArgs: { A: 'given' },
      respelled: { 'ARG A': 'ARG A=given' },
    },
    {
      name: 'ARG said again',
      dockerfile: ['FROM phyllo/base:1', 'ARG A=1', 'RUN echo $A >/a', 'ARG A=2', 'RUN echo $A >/a'],
      respelled: {
        'RUN |2 A=2 A=2 /bin/sh -c echo $A >/a # buildkit': 'RUN |1 A=2 /bin/sh -c echo $A >/a # buildkit',
      },
    },
    {
      name: 'ARGs in RUN in their order',
      dockerfile: ['FROM phyllo/base:1', 'ARG Z=1', 'ARG A', 'ARG M=2', 'RUN echo $Z$A$M >/a'],
      buildArgs: { M: '3' },
      respelled: { 'ARG M=2': 'ARG M=3' },
    },
    {
      name: 'quotes',
      dockerfile: ['FROM phyllo/bare:1', 'ARG A="x y"', "ARG B='$A'", 'ARG C=a\\ b', 'LABEL a=$A b=$B c=$C'],
    },
    { name: 'ARG from ENV', dockerfile: ['FROM phyllo/bare:1', 'ENV E=env', 'ARG A=$E-1', 'LABEL a=$A'] },
    {
      name: 'an empty build-arg is a value',
      dockerfile: ['FROM phyllo/bare:1', 'ARG A=default', 'LABEL a=x$A c=${A:-empty}'],
      buildArgs: { A: '' },
      respelled: { 'ARG A=default': 'ARG A=' },
    },
    {
      name: 'a build-arg that nobody declared',
      dockerfile: ['FROM phyllo/base:1', 'LABEL a=x$A', 'RUN echo x$A >/a'],
      buildArgs: { A: 'given' },
    },
    {
      name: 'a proxy needs no ARG and leaves no trace',
      dockerfile: ['FROM phyllo/base:1', 'RUN echo $HTTP_PROXY $no_proxy >/a', 'LABEL a=x$HTTP_PROXY'],
      buildArgs: { HTTP_PROXY: 'http://proxy:1', no_proxy: 'here' },
    },
    {
      name: 'a proxy with ARG leaves one',
      dockerfile: [
        'FROM phyllo/base:1',
        'ARG HTTP_PROXY',
        'RUN echo $HTTP_PROXY >/a',
        'LABEL a=x$HTTP_PROXY',
      ],
      buildArgs: { HTTP_PROXY: 'http://proxy:1' },
      respelled: { 'ARG HTTP_PROXY': 'ARG HTTP_PROXY=http://proxy:1' },
    },
    {
      name: 'a value with everything in it',
      dockerfile: ['FROM phyllo/base:1', 'ARG A', 'LABEL a=$A', 'RUN echo "$A" >/a'],
      buildArgs: { A: AWKWARD },
      respelled: { 'ARG A': `ARG A=${AWKWARD}` },
    },
    {
      name: 'a stage with a name in capitals',
      dockerfile: ['FROM phyllo/bare:1 AS Base', 'LABEL a=b', 'FROM base as next', 'LABEL c=d'],
    },
    {
      name: 'FROM wants the name in lower case',
      dockerfile: ['FROM phyllo/bare:1 AS Base', 'LABEL a=b', 'FROM Base', 'LABEL c=d'],
      fails: true,
    },
    {
      name: 'an ARG chooses the stage',
      dockerfile: [
        'ARG WHICH=two',
        'FROM phyllo/bare:1 AS one',
        'LABEL n=1',
        'FROM phyllo/bare:1 AS two',
        'LABEL n=2',
        'FROM $WHICH',
        'LABEL last=yes',
      ],
      buildArgs: { WHICH: 'one' },
    },
    {
      name: 'a name twice is the later stage',
      dockerfile: [
        'FROM phyllo/bare:1 AS x',
        'LABEL n=1',
        'FROM phyllo/bare:1 AS x',
        'LABEL n=2',
        'FROM x',
        'ENV A=b',
      ],
    },
    { name: 'an empty name', dockerfile: ['ARG NONE', 'FROM $NONE', 'LABEL a=b'], fails: true },
  ],
};

export const platformArgs: CaseGroup = {
  group: 'platform args',
  cases: [
    {
      name: 'target',
      dockerfile: [
        'FROM phyllo/bare:1',
        'ARG TARGETPLATFORM',
        'ARG TARGETOS',
        'ARG TARGETARCH',
        'ARG TARGETVARIANT',
        'LABEL all="$TARGETPLATFORM $TARGETOS $TARGETARCH $TARGETVARIANT."',
      ],
      respelled: {
        'ARG TARGETPLATFORM': `ARG TARGETPLATFORM=${PLATFORM}`,
        'ARG TARGETOS': 'ARG TARGETOS=linux',
        'ARG TARGETARCH': `ARG TARGETARCH=${architecture}`,
        'ARG TARGETVARIANT': `ARG TARGETVARIANT=${variant}`,
      },
    },
    {
      name: 'build',
      dockerfile: [
        'FROM phyllo/bare:1',
        'ARG BUILDPLATFORM',
        'ARG BUILDOS BUILDARCH BUILDVARIANT',
        'LABEL all="$BUILDPLATFORM $BUILDOS $BUILDARCH $BUILDVARIANT."',
      ],
      respelled: {
        'ARG BUILDPLATFORM': `ARG BUILDPLATFORM=${PLATFORM}`,
        'ARG BUILDOS BUILDARCH BUILDVARIANT': `ARG BUILDOS=linux BUILDARCH=${architecture} BUILDVARIANT=${variant}`,
      },
    },
    { name: 'not without ARG', dockerfile: ['FROM phyllo/bare:1', 'LABEL a=x$TARGETARCH b=x$BUILDOS'] },
    {
      name: 'a default beats it',
      dockerfile: [
        'FROM phyllo/base:1',
        'ARG TARGETARCH=mine',
        'LABEL a=$TARGETARCH',
        'RUN echo $TARGETARCH >/a',
      ],
    },
    {
      name: 'in FROM without ARG',
      dockerfile: [
        'FROM --platform=$BUILDPLATFORM phyllo/bare:1 AS x',
        'LABEL a=b',
        'FROM --platform=$TARGETPLATFORM x',
        'ENV A=b',
      ],
    },
  ],
};
