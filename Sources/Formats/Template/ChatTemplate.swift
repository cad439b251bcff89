public import Documents
public import Foundation

/// A model's chat template: how it wants to read a conversation, as a program in the language Jinja.
///
/// Written by an interpreter of our own for what transformers gives such templates: `ImmutableSandboxedEnvironment` with
/// `trim_blocks`, `lstrip_blocks`, loop controls, `tojson`, `raise_exception`, `strftime_now`, `{% generation %}`
/// (transformers 5, `chat_template_utils.py`). A template can neither read files nor change its values, and is stopped
/// when it writes more than 16 MiB, calls itself more than 60 deep, or takes too many steps.
///
///     let template = try ChatTemplate("{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}")
///     try template.render(ChatTemplate.Input(messages: messages)).text  // "<user>Hello\n"
public struct ChatTemplate: @unchecked Sendable {
  /// The template as it is written in a file.
  public let source: String
  /// Never changed: the constants in them are what a template can write as such, and no iterators.
  private let statements: [TemplateStatement]

  /// A template longer than this is refused.
  static let longest = 1 << 20

  /// Reads a template.
  ///
  /// Throws the line and column of what is not understood.
  public init(_ source: String) throws(DocumentError) {
    guard source.utf8.count <= Self.longest else {
      throw DocumentError(line: 1, column: 1, message: "a template of more than \(Self.longest >> 20) MiB is refused")
    }
    self.source = source
    statements = try TemplateParser.statements(of: source)
  }

  /// What a template makes of an input.
  public struct Rendering: Sendable, Equatable {
    public let text: String
    /// What the assistant wrote, by the template's `{% generation %}`: ranges of the text's UTF-8 bytes.
    public let generations: [Range<Int>]
  }

  /// Whether it says what the assistant wrote.
  public var marksGenerations: Bool { statements.contains { $0.hasGeneration } }

  /// The text of an input.
  ///
  /// Throws where the template raises an exception, or does what cannot be done, with the line and column in the template.
  public func render(_ input: Input, now: Date = Date()) throws(DocumentError) -> Rendering {
    var globals = TemplateRenderer.functions(now: now)
    for member in input.variables { globals[member.key] = TemplateValue(member.value) }
    for (name, token) in input.specialTokens { globals[name] = .string(token) }
    globals["messages"] = .list(input.messages.map { TemplateValue(message: $0) })
    globals["tools"] = input.tools.map { .list($0.map { TemplateValue($0) }) } ?? .some(.none)
    globals["documents"] = globals["documents"] ?? .some(.none)
    globals["add_generation_prompt"] = .bool(input.addsGenerationPrompt)
    let renderer = TemplateRenderer(globals: globals)
    let text = try renderer.output(of: statements)
    return Rendering(text: text, generations: renderer.generations)
  }
}

extension ChatTemplate {
  /// What a template is given.
  public struct Input: Sendable {
    /// Objects with `role`, `content` and what else the template knows.
    public var messages: [Document]
    /// What the assistant may call, as JSON schemas; nil for none.
    public var tools: [Document]?
    /// Whether the text ends where the assistant begins to answer.
    public var addsGenerationPrompt = false
    /// `bos_token` and others, by name.
    public var specialTokens: [String: String] = [:]
    /// Further variables of the template, such as `enable_thinking`.
    public var variables: [Document.Member] = []

    public init(messages: [Document], tools: [Document]? = nil) {
      self.messages = messages
      self.tools = tools
    }
  }
}

extension TemplateValue {
  init(_ document: Document) {
    switch document.value {
    case .null: self = .none
    case .bool(let bool): self = .bool(bool)
    case .number(let number):
      self = document.isWhole ? Int(exactly: number).map { .integer($0) } ?? .float(number) : .float(number)
    case .string(let text): self = .string(text)
    case .list(let elements): self = .list(elements.map { TemplateValue($0) })
    case .object(let members):
      self = .dictionary(TemplateDictionary(members.map { ($0.key, TemplateValue($0.value)) }))
    }
  }

  /// A message, as transformers hands it on: without what is null, and reasoning under all of its names.
  init(message: Document) {
    guard case .object(let members) = message.value else {
      self.init(message)
      return
    }
    let present = members.filter { !$0.value.isNull }
    var dictionary = TemplateDictionary(present.map { ($0.key, TemplateValue($0.value)) })
    let names = ["reasoning_content", "thinking", "reasoning"]
    if let reasoning = names.lazy.compactMap({ dictionary[$0] }).first {
      if dictionary["thinking"] == nil {
        dictionary = TemplateDictionary([("thinking", reasoning)] + present.map { ($0.key, TemplateValue($0.value)) })
      }
      dictionary["reasoning_content"] = reasoning
    }
    self = .dictionary(dictionary)
  }
}

extension TemplateStatement {
  /// Whether `{% generation %}` is in it.
  fileprivate var hasGeneration: Bool {
    switch self {
    case .generation: true
    case .condition(let branches, let otherwise):
      (branches.flatMap(\.body) + otherwise).contains { $0.hasGeneration }
    case .loop(let loop): (loop.body + loop.otherwise).contains { $0.hasGeneration }
    case .assignBlock(_, _, let body), .filter(_, let body), .with(_, let body, _), .block(let body):
      body.contains { $0.hasGeneration }
    case .macro(_, let macro), .call(_, _, let macro): macro.body.contains { $0.hasGeneration }
    case .text, .output, .assign, .leaveLoop, .continueLoop: false
    }
  }
}
