import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

// The policy of the pages forbids them in markup.
const styles = { selector: 'SvelteAttribute[key.name="style"]', message: 'Use style:property.' };
// Numbers, dates and money are written in the language of the reader, not in that of the browser.
const formats = [
  { selector: 'MemberExpression[property.name=/^toLocale/]', message: 'Use a function of src/i18n.' },
  {
    selector:
      'NewExpression[callee.object.name="Intl"]:matches([arguments.length=0], [arguments.0.type="Identifier"][arguments.0.name="undefined"])',
    message: 'Name the language.',
  },
];

export default ts.config(
  { ignores: ['generated/', 'node_modules/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: globals.browser },
    rules: {
      'no-restricted-syntax': ['error', styles, ...formats],
      'svelte/no-at-html-tags': 'error',
      'svelte/no-navigation-without-resolve': 'off',
      'svelte/prefer-svelte-reactivity': 'off',
      'no-console': ['error', { allow: ['error'] }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  { files: ['*.config.*', 'scripts/*'], languageOptions: { globals: globals.node } },
);
