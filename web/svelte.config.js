export default {
  compilerOptions: {
    runes: true,
    // A warning of the compiler (accessibility, unused CSS) fails svelte-check and the build.
    modernAst: true,
  },
};
