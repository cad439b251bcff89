import Testing
import WebPage

@Suite struct ScriptBundleTests {
  @Test func importsTheWordExportAndCommentsGoAndNothingElse() throws {
    let a = PageFile(
      name: "a.js",
      text: """
        // One.
        export const one = 1;
        export function two() { return "export this"; }
        export async function three() {}
        export class Four {}
          export const indented = "is no declaration of the module";

        /** A comment of
         *  two lines. */
        const text = `one // two
          /** three */

        `; // four
        """)
    let main = PageFile(
      name: "main.js",
      text: "import { one, two } from \"./a.js\";\nimport { Four } from \"./a.js\"\n\nconst five = one;\n")
    #expect(
      try ScriptBundle.script(of: [a, main]) == """
        // a.js
        const one = 1;
        function two() { return "export this"; }
        async function three() {}
        class Four {}
        export const indented = "is no declaration of the module";
        const text = `one // two
          /** three */

        `; // four
        // main.js
        const five = one;

        """)
  }

  struct Wrong: Sendable {
    let text: String
    let message: String
  }

  static let wrong = [
    Wrong(text: "import a from \"./a.js\";", message: "an import must be one line like"),
    Wrong(text: "import * as a from \"./a.js\";", message: "an import must be one line like"),
    Wrong(text: "import { one as two } from \"./a.js\";", message: "an import must be one line like"),
    Wrong(text: "import {\n  one\n} from \"./a.js\";", message: "an import must be one line like"),
    Wrong(text: "import { one } from \"https://a.example/a.js\";", message: "an import must be one line like"),
    Wrong(text: "import { one } from \"./b.js\";", message: "b.js is not among the modules before this one"),
    Wrong(text: "import { one } from \"./main.js\";", message: "main.js is not among the modules before this one"),
    Wrong(text: "import { hidden } from \"./a.js\";", message: "a.js exports no hidden"),
    Wrong(text: "export default 1;", message: "only a function, a class or"),
    Wrong(text: "export { one };", message: "only a function, a class or"),
    Wrong(text: "export * from \"./a.js\";", message: "only a function, a class or"),
    Wrong(text: "const { x } = {};", message: "a module declares its names one by one"),
    Wrong(text: "const one = 2;", message: "the name one is given twice, first at page/modules/a.js:1"),
    Wrong(text: "const b = await import(\"./b.js\");", message: "import() and import.meta"),
    Wrong(text: "const b = import.meta.url;", message: "import() and import.meta"),
    Wrong(text: "const end = \"</SCRIPT>\";", message: "'</SCRIPT' cannot stand in a page's script"),
    Wrong(text: "const comment = \"<!-- \";", message: "'<!--' cannot stand in a page's script"),
    Wrong(text: "const end = 1;\r", message: "a carriage return or NUL"),
  ]

  @Test(arguments: wrong)
  func whatCannotBeJoinedIsAnErrorWithItsPlace(wrong: Wrong) throws {
    let a = PageFile(name: "a.js", text: "export const one = 1;\nfunction hidden() {}\n")
    let main = PageFile(name: "main.js", text: "\n" + wrong.text)
    let error = #expect(throws: PageError.self) { try ScriptBundle.script(of: [a, main]) }
    #expect(
      error?.message.hasPrefix("page/modules/main.js:2: \(wrong.message)") == true, "\(String(describing: error))")
  }

  @Test func theModulesOfThePageCanBeJoined() throws {
    let script = try ScriptBundle.script(of: PageFile.modules)
    #expect(PageFile.modules.last?.name == "main.js")
    for module in PageFile.modules { #expect(script.contains("// \(module.name)\n")) }
  }
}
