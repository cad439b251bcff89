import Documents

/// Executes a template's statements.
///
/// What it may cost is limited, so that a hostile template ends in an error.
final class TemplateRenderer {
  /// At most this many steps: statements, expressions, and characters that an operation touches.
  static let mostSteps = 20_000_000
  /// At most this many bytes in any text, the output included.
  static let longestText = 16 << 20
  /// Macros and recursive loops within each other.
  private static let deepest = 60
  /// A macro keeps the names of where it is defined, and with them others.
  private static let mostMacros = 2000

  let globals: [String: TemplateValue]
  /// What is being written: the output, and texts within it that are not written yet.
  private var texts = [""]
  /// Where the assistant's words begin and end in the output, in UTF-8 bytes.
  private(set) var generations: [Range<Int>] = []
  private var steps = 0
  private var depth = 0
  private var macros = 0
  /// The place of what is being evaluated, for errors.
  var place = TemplatePlace(line: 1, column: 1)

  init(globals: [String: TemplateValue]) { self.globals = globals }

  /// The output of a template.
  func output(of statements: [TemplateStatement]) throws(DocumentError) -> String {
    guard try run(statements, in: TemplateScope(parent: nil)) == .normal else {
      throw error("'break' and 'continue' belong in a loop")
    }
    return texts[0]
  }

  func error(_ message: String) -> DocumentError { place.error(message) }

  /// Counts the cost of an operation; throws when there has been too much.
  func spend(_ count: Int = 1) throws(DocumentError) {
    steps += count
    guard steps <= Self.mostSteps else {
      throw error("the template takes too long: it was stopped after \(Self.mostSteps) steps")
    }
  }

  /// A text that was made, if it is not too long.
  func checked(_ text: String) throws(DocumentError) -> String {
    let count = text.utf8.count
    guard count <= Self.longestText else { throw error("a text of more than \(Self.longestText >> 20) MiB is refused") }
    try spend(count / 16)
    return text
  }

  func write(_ text: String) throws(DocumentError) {
    texts[texts.count - 1] += text
    try spend(text.utf8.count / 16)
    guard texts[texts.count - 1].utf8.count <= Self.longestText else {
      throw error("the template's output is longer than \(Self.longestText >> 20) MiB")
    }
  }

  /// How statements ended.
  enum Flow { case normal, leaveLoop, continueLoop }

  func run(_ statements: [TemplateStatement], in scope: TemplateScope) throws(DocumentError) -> Flow {
    for statement in statements {
      try spend()
      let flow = try run(statement, in: scope)
      guard flow == .normal else { return flow }
    }
    return .normal
  }

  private func run(_ statement: TemplateStatement, in scope: TemplateScope) throws(DocumentError) -> Flow {
    switch statement {
    case .text(let text): try write(text)
    case .output(let expression): try write(try text(of: try evaluate(expression, scope)))
    case .condition(let branches, let otherwise):
      for branch in branches where try evaluate(branch.condition, scope).isTrue {
        return try run(branch.body, in: scope)
      }
      return try run(otherwise, in: scope)
    case .loop(let loop): try run(loop, over: try evaluate(loop.items, scope), in: scope, depth: 0)
    case .assign(let target, let expression, let place):
      let value = try evaluate(expression, scope)
      self.place = place
      try assign(value, to: target, in: scope)
    case .assignBlock(let target, let filter, let body):
      let text = TemplateValue.string(try captured(body, in: TemplateScope(parent: scope)))
      try assign(
        filter.map { (filter) throws(DocumentError) in try applied(filter, to: text, scope) } ?? text, to: target,
        in: scope)
    case .macro(let name, let macro):
      macros += 1
      guard macros <= Self.mostMacros else { throw error("more than \(Self.mostMacros) macros are refused") }
      scope.set(name, .function(function(name, macro, in: scope)))
    case .call(let callee, let call, let caller):
      var arguments = try self.arguments(call, scope)
      arguments.named.append(("caller", .function(function("caller", caller, in: scope))))
      let callee = try evaluate(callee, scope)
      place = call.place
      try write(try text(of: try self.call(callee, arguments)))
    case .filter(let filter, let body):
      let text = try captured(body, in: TemplateScope(parent: scope))
      try write(try self.text(of: try applied(filter, to: .string(text), scope)))
    case .with(let assignments, let body, let place):
      let inner = TemplateScope(parent: scope)
      for (target, expression) in assignments {
        let value = try evaluate(expression, scope)
        self.place = place
        try assign(value, to: target, in: inner)
      }
      return try run(body, in: inner)
    case .block(let body): return try run(body, in: TemplateScope(parent: scope))
    case .generation(let body):
      let text = try captured(body, in: TemplateScope(parent: scope))
      let start = texts[0].utf8.count
      generations.append(start..<start + text.utf8.count)
      try write(text)
    case .leaveLoop: return .leaveLoop
    case .continueLoop: return .continueLoop
    }
    return .normal
  }

  /// The text that statements write.
  func captured(_ statements: [TemplateStatement], in scope: TemplateScope) throws(DocumentError) -> String {
    texts.append("")
    let flow = try run(statements, in: scope)
    guard flow == .normal else { throw error("'break' and 'continue' belong in a loop") }
    return texts.removeLast()
  }

  private func run(
    _ loop: TemplateLoopStatement, over items: TemplateValue, in scope: TemplateScope, depth: Int
  ) throws(DocumentError) {
    place = loop.place
    var elements = try self.elements(of: items)
    if let condition = loop.condition {
      var kept: [TemplateValue] = []
      for element in elements {
        let inner = TemplateScope(parent: scope)
        try assign(element, to: loop.target, in: inner)
        if try evaluate(condition, inner).isTrue { kept.append(element) }
      }
      elements = kept
    }
    let state = TemplateLoop(items: elements, depth: depth)
    if loop.isRecursive {
      state.recursion = TemplateFunction("loop") { (arguments, renderer) throws(DocumentError) in
        guard let items = arguments.positional.first else {
          throw renderer.error("loop() needs the items to go through")
        }
        return .string(
          try renderer.deeper { () throws(DocumentError) in
            renderer.texts.append("")
            try renderer.run(loop, over: items, in: scope, depth: depth + 1)
            return renderer.texts.removeLast()
          })
      }
    }
    for (i, element) in elements.enumerated() {
      try spend()
      state.index = i
      let inner = TemplateScope(parent: scope)
      inner.set("loop", .loop(state))
      place = loop.place
      try assign(element, to: loop.target, in: inner)
      if try run(loop.body, in: inner) == .leaveLoop { break }
    }
    if elements.isEmpty { _ = try run(loop.otherwise, in: TemplateScope(parent: scope)) }
  }

  /// Does something that may come back here, unless that has happened too often.
  func deeper<Result>(_ work: () throws(DocumentError) -> Result) throws(DocumentError) -> Result {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw error("macros or loops call each other more than \(Self.deepest) deep") }
    return try work()
  }

  private func assign(
    _ value: TemplateValue, to target: TemplateTarget, in scope: TemplateScope
  ) throws(DocumentError) {
    try checkDepth(value)
    switch target {
    case .name(let name): scope.set(name, value)
    case .attribute(let name, let attribute, let place):
      guard case .namespace(let namespace) = lookUp(name, scope) else {
        throw place.error("'\(name)' is not a namespace, so '\(name).\(attribute)' cannot be assigned")
      }
      self.place = place
      try set(attribute, of: namespace, to: value)
    case .tuple(let targets, let place):
      let elements = try self.elements(of: value)
      guard elements.count == targets.count else {
        throw place.error("\(elements.count) values cannot be assigned to \(targets.count) names")
      }
      for (target, element) in zip(targets, elements) { try assign(element, to: target, in: scope) }
    }
  }

  /// Sets a name of a namespace; like transformers, not one that begins with `_`.
  func set(_ name: String, of namespace: TemplateNamespace, to value: TemplateValue) throws(DocumentError) {
    guard !name.hasPrefix("_") else { throw error("a namespace's name cannot begin with '_': '\(name)'") }
    namespace.depth = max(namespace.depth, value.depth + 1)
    try checkDepth(.namespace(namespace))
    namespace.names[name] = value
  }

  /// Refuses a value that is nested so deep that going through it could exhaust the stack.
  func checkDepth(_ value: TemplateValue) throws(DocumentError) {
    guard value.depth <= TemplateValue.deepest else {
      throw error("a list or dictionary is nested more than \(TemplateValue.deepest) deep")
    }
  }

  /// A macro as a function, which sees the names of where it is defined.
  private func function(_ name: String, _ macro: TemplateMacro, in scope: TemplateScope) -> TemplateFunction {
    TemplateFunction(name) { (arguments, renderer) throws(DocumentError) in
      let inner = TemplateScope(parent: scope)
      let extra = arguments.positional.dropFirst(macro.parameters.count)
      inner.set("varargs", .tuple(Array(extra)))
      var others = arguments.named
      for (i, parameter) in macro.parameters.enumerated() {
        let value: TemplateValue
        if let given = arguments.value(i, parameter.name) {
          value = given
        } else if let standard = parameter.standard {
          value = try renderer.evaluate(standard, inner)
        } else {
          value = .undefined("the parameter '\(parameter.name)' of '\(name)' was not provided")
        }
        inner.set(parameter.name, value)
        others.removeAll { $0.name == parameter.name }
      }
      if let caller = others.first(where: { $0.name == "caller" }) { inner.set("caller", caller.value) }
      others.removeAll { $0.name == "caller" }
      inner.set("kwargs", .dictionary(TemplateDictionary(others.map { ($0.name, $0.value) })))
      return .string(
        try renderer.deeper { () throws(DocumentError) in try renderer.captured(macro.body, in: inner) })
    }
  }

  func call(_ callee: TemplateValue, _ arguments: TemplateArguments) throws(DocumentError) -> TemplateValue {
    try spend()
    switch callee {
    case .function(let function): return try function.body(arguments, self)
    case .loop(let loop):
      guard let recursion = loop.recursion else { throw error("only a loop that says 'recursive' can be called") }
      return try recursion.body(arguments, self)
    case .undefined(let what): throw error(what)
    default: throw error("a \(callee.typeName) cannot be called")
    }
  }

  func lookUp(_ name: String, _ scope: TemplateScope) -> TemplateValue {
    scope.value(name) ?? globals[name] ?? .undefined("'\(name)' is undefined")
  }

  /// What a value consists of, to go through.
  func elements(of value: TemplateValue) throws(DocumentError) -> [TemplateValue] {
    let elements: [TemplateValue]
    switch value {
    case .list(let values, _), .tuple(let values, _): elements = values
    case .dictionary(let dictionary): elements = dictionary.keys
    case .string(let text): elements = text.unicodeScalars.map { .string(String($0)) }
    case .iterator(let iterator): elements = iterator.take()
    case .undefined: elements = []
    default: throw error("a \(value.typeName) cannot be gone through")
    }
    try spend(elements.count)
    return elements
  }
}

/// Names and their values, within others.
final class TemplateScope {
  private var names: [String: TemplateValue] = [:]
  private let parent: TemplateScope?

  init(parent: TemplateScope?) { self.parent = parent }

  func set(_ name: String, _ value: TemplateValue) { names[name] = value }

  func value(_ name: String) -> TemplateValue? {
    var scope: TemplateScope? = self
    while let current = scope {
      if let value = current.names[name] { return value }
      scope = current.parent
    }
    return nil
  }
}

/// A loop's own variable, `loop`.
final class TemplateLoop {
  let items: [TemplateValue]
  var index = 0
  var recursion: TemplateFunction?
  private let depth: Int
  private var last: [TemplateValue]?

  init(items: [TemplateValue], depth: Int) {
    self.items = items
    self.depth = depth
  }

  /// An attribute; nil for one that loops do not have.
  func attribute(_ name: String) -> TemplateValue? {
    switch name {
    case "index": .integer(index + 1)
    case "index0": .integer(index)
    case "revindex": .integer(items.count - index)
    case "revindex0": .integer(items.count - index - 1)
    case "first": .bool(index == 0)
    case "last": .bool(index == items.count - 1)
    case "length": .integer(items.count)
    case "depth": .integer(depth + 1)
    case "depth0": .integer(depth)
    case "previtem": index > 0 ? items[index - 1] : .undefined("there is no previous item")
    case "nextitem": index + 1 < items.count ? items[index + 1] : .undefined("there is no next item")
    case "cycle":
      .function(
        TemplateFunction("cycle") { [self] (arguments, renderer) throws(DocumentError) in
          guard !arguments.positional.isEmpty else { throw renderer.error("cycle() needs values to choose from") }
          return arguments.positional[index % arguments.positional.count]
        })
    case "changed":
      .function(
        TemplateFunction("changed") { [self] (arguments, _) throws(DocumentError) in
          defer { last = arguments.positional }
          return .bool(!(last.map { TemplateValue.list($0).equals(.list(arguments.positional)) } ?? false))
        })
    default: nil
    }
  }
}
