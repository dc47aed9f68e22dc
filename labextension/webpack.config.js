// Merged by jupyter-builder into its own configuration.
module.exports = {
  // The Kusto language service probes for Node's file system before it falls
  // back to the browser; there is none to offer it.
  resolve: { fallback: { fs: false } }
};
