import js from '@eslint/js';
import jupyter from '@jupyter/eslint-plugin';
import prettier from 'eslint-config-prettier';
import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores([
    '.venv/',
    'build/',
    'dist/',
    'labextension/lib/',
    'python_ext/'
  ]),
  { plugins: { jupyter } },
  jupyter.configs.recommended,
  {
    files: ['**/*.{js,mjs,cjs}'],
    extends: [js.configs.recommended],
    languageOptions: { globals: { module: 'writable', require: 'readonly' } }
  },
  {
    files: ['labextension/**/*.{ts,tsx,mts}'],
    extends: [
      js.configs.recommended,
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
      reactHooks.configs.flat['recommended-latest']
    ],
    languageOptions: {
      parserOptions: {
        project: ['./labextension/tests/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname
      }
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-function-return-type': [
        'error',
        { allowExpressions: true }
      ],
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'interface',
          format: ['PascalCase'],
          custom: { regex: '^I[A-Z]', match: true }
        },
        { selector: ['class', 'typeAlias', 'enum'], format: ['PascalCase'] }
      ],
      // A class, a namespace and a token of one name are how JupyterLab
      // groups a widget with its options.
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/no-redeclare': 'off',
      // index signatures are read with brackets because tsconfig says so
      '@typescript-eslint/dot-notation': [
        'error',
        { allowIndexSignaturePropertyAccess: true }
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true }
      ],
      // Lumino's signals take a method and its object: connect(this._on, this)
      '@typescript-eslint/unbound-method': 'off',
      curly: ['error', 'all'],
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400, skipComments: true }],
      'no-console': ['error', { allow: ['warn', 'error'] }],
      // Everything shown may have been written by an attacker.
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML'].map(property => ({
          property,
          message: 'Text nodes only: what is shown may be hostile.'
        }))
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]',
          message: 'Text nodes only: what is shown may be hostile.'
        },
        {
          selector: 'JSXAttribute[name.name=/^(href|src|srcDoc|srcSet)$/]',
          message: 'No addresses: what is shown may be hostile.'
        }
      ]
    }
  },
  {
    files: ['labextension/tests/**/*.{ts,tsx}'],
    rules: {
      'jupyter/no-untranslated-string': 'off',
      'max-lines': 'off'
    }
  },
  {
    // generated from the Python models
    files: ['labextension/src/wire.ts'],
    rules: { 'max-lines': 'off' }
  },
  prettier
);
