// JUnit XML of the gate: a test case for every rule, as every CI server reads it.
import { safeText } from '../../lib/text.ts';
import { type GateReport, type RuleResult, tallyOf } from '../gate/rules.ts';

/** `title` is the image. */
export function junitReport(title: string, gate: GateReport): string {
  const { fail, skip, misconfigured } = tallyOf(gate);
  const counts = attributes({
    tests: gate.results.length,
    failures: fail,
    errors: misconfigured,
    skipped: skip,
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="phyllo"${counts}>`,
    `  <testsuite${attributes({ name: title })}${counts}>`,
    ...gate.results.map(testCase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase({ rule, status, message }: RuleResult): string {
  const open = `    <testcase${attributes({ classname: 'phyllo.analyze', name: rule })}`;
  switch (status) {
    case 'pass':
      return `${open}/>`;
    case 'skip':
      return `${open}><skipped${attributes({ message })}/></testcase>`;
    case 'fail':
      return `${open}><failure${attributes({ type: 'fail', message })}/></testcase>`;
    case 'misconfigured':
      return `${open}><error${attributes({ type: 'misconfigured', message })}/></testcase>`;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Characters that XML has no way to write were made visible by `safeText`. */
function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => {
      const text = safeText(String(value)).replace(
        /[&<>"\ufffe\uffff]/g,
        (each) => ESCAPES[each] ?? '\ufffd',
      );
      return ` ${name}="${text}"`;
    })
    .join('');
}
