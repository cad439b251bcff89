import Testing

/// All tests that need a browser: one after another, since they share it, and a machine has few processors.
@Suite(
  .serialized,
  .enabled(if: Browser.isExpected, "there is no Google Chrome in /Applications and no chromium in PATH"))
enum PageTests {
  /// Those that need the engine as WebAssembly.
  @Suite(.enabled(if: PageFiles.isEngineExpected, "the engine is not there as WebAssembly: run `make wasm`"))
  enum WithEngine {}
}
