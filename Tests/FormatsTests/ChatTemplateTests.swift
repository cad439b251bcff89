import Documents
import Foundation
import Testing

@testable import Formats

/// Each snippet's output is what Jinja 3.1 wrote, set up as transformers 5.24 does it; `template_vectors.py` made the file.
@Suite struct ChatTemplateTests {
  struct Snippet: CustomTestStringConvertible {
    let template: String
    /// Nil where Jinja raises an error.
    let output: String?
    var testDescription: String { template }
  }

  private static let file: Document = {
    guard let url = Bundle.module.url(forResource: "snippets", withExtension: "json", subdirectory: "Templates"),
      let data = try? Data(contentsOf: url), let document = try? JSONReader.read(Array(data))
    else { return Document(.null, line: 1, column: 1) }
    return document
  }()

  static let snippets: [Snippet] = {
    guard let rows = try? file.object().required("snippets").list() else { return [] }
    return rows.compactMap { row in
      guard let fields = try? row.object(), let template = try? fields.required("template").string() else { return nil }
      return Snippet(template: template, output: try? fields.optional("output")?.string())
    }
  }()

  private static func input() throws -> ChatTemplate.Input {
    try ChatTemplate.Input(try file.object().required("variables"))
  }

  @Test func thereAreSnippets() {
    #expect(Self.snippets.count > 100)
    #expect(Self.snippets.contains { $0.output == nil })
  }

  @Test(arguments: snippets)
  func writesWhatJinjaWrites(_ snippet: Snippet) throws {
    let input = try Self.input()
    let output = try? ChatTemplate(snippet.template).render(input).text
    #expect(output.map { Array($0.unicodeScalars) } == snippet.output.map { Array($0.unicodeScalars) })
  }

  @Test func anErrorSaysWhereItIs() throws {
    let input = try Self.input()
    func message(_ template: String) -> String? {
      do throws(DocumentError) {
        _ = try ChatTemplate(template).render(input)
        return nil
      } catch {
        return error.description
      }
    }
    #expect(message("a\n{{ x.y.z }}") == "2:7: 'float object' has no attribute 'y'")
    #expect(message("{{ words | joim }}") == "1:12: there is no filter 'joim'; did you mean 'join'?")
    #expect(message("\n\n  {% if x %}") == "3:13: expected '{% endif %}', found the end of the template")
    #expect(message("{{ raise_exception('roles must alternate') }}") == "1:19: roles must alternate")
    #expect(message("{{ x") == "1:1: the tag that begins here has no end, '}}'")
  }

  // Each would take forever, fill the memory or exhaust the stack.
  @Test(arguments: [
    "{% for i in range(100000) %}{% for j in range(100000) %}{{ i }}{% endfor %}{% endfor %}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{% set ns = namespace(x='a') %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% set ns = namespace(x=[1]) %}{% for i in range(1000) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(x=[1]) %}{% for i in range(30) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(x=0) %}{% for i in range(90000) %}{% set ns.x = namespace(x=ns.x) %}{% endfor %}",
    "{% set ns = namespace(x=0) %}{% for i in range(90000) %}{% set ns.x = [ns.x] | reverse %}{% endfor %}",
    "{{ 'a' * 10**12 }}", "{{ '%99999999999d' % 1 }}", "{{ '{:99999999999}'.format(1) }}", "{{ 2 ** 999999999 }}",
    "{{ 'a'.center(10**10) }}", "{{ 'aaaa'.replace('', 'b' * 16000000) }}", "{{ 'a' | indent(10**9) }}",
    "{{ range(100000) | list | tojson(indent=1000) }}", "{{ range(100001) }}",
    "{{ " + String(repeating: "(", count: 20_000) + " }}", "{{ " + String(repeating: "not ", count: 20_000) + "1 }}",
    "{{ 1" + String(repeating: " + 1", count: 20_000) + " }}", "{{ 1" + String(repeating: "|d", count: 20_000) + " }}",
    String(repeating: "{% if 1 %}", count: 5000), String(repeating: " ", count: (1 << 20) + 1),
    "{{ 9223372036854775807 + 1 }}", "{{ (-9223372036854775807 - 1) // -1 }}", "{{ (-9223372036854775807 - 1) | abs }}",
    "{{ 1.5 | round(400) }}", "{{ 'a' | int(base=999) }}", "{{ [1] | batch(0) }}",
  ])
  func aHostileTemplateEndsInAnError(_ template: String) throws {
    let input = try Self.input()
    #expect(throws: DocumentError.self) { try ChatTemplate(template).render(input) }
  }

  @Test(arguments: [
    "{{ [1][9223372036854775807] }}", "{{ 'x'[-9223372036854775807:] }}", "{{ [1, 2][::9223372036854775807] }}",
    "{{ range(-9223372036854775807, 9223372036854775807, 9223372036854775807) | list }}",
    "{{ 'a'.zfill(-9223372036854775807) }}", "{{ '-a'.zfill(-9223372036854775807 - 1) }}",
    "{{ 'a'.split('a', -9223372036854775807) }}", "{{ 1e308 * 10 }}",
    "{{ (1e308 * 10) | int }}", "{{ 'a' | truncate(3, leeway=9223372036854775807) }}",
  ])
  func extremeNumbersDoNotCrash(_ template: String) throws {
    _ = try? ChatTemplate(template).render(try Self.input())
  }

  @Test func theAssistantsWordsAreMarked() throws {
    let template = try ChatTemplate(
      "{% for m in messages %}[{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}"
        + "{% else %}{{ m.content }}{% endif %}]{% endfor %}")
    let rendering = try template.render(try Self.input())
    #expect(rendering.text == "[Hi][Yo é 日本]")
    #expect(rendering.generations == [5..<5 + "Yo é 日本".utf8.count])
    #expect(template.marksGenerations)
    #expect(try !ChatTemplate("{{ messages }}").marksGenerations)
  }

  @Test func theTimeIsThatOfTheCall() throws {
    let noon = Date(timeIntervalSince1970: 1_780_000_000)
    let rendering = try ChatTemplate("{{ strftime_now('%Y') }}").render(try Self.input(), now: noon)
    #expect(rendering.text == "2026")
  }
}
