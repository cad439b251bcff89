import Documents
import Foundation

// The functions that a chat template can call: Jinja's `range`, and those of transformers.
extension TemplateRenderer {
  static func functions(now: Date) -> [String: TemplateValue] {
    var globals: [String: TemplateValue] = [:]
    func add(_ name: String, _ body: @escaping TemplateFunction.Body) {
      globals[name] = .function(TemplateFunction(name, body))
    }
    add("range") { (arguments, renderer) throws(DocumentError) in try renderer.range(arguments) }
    add("dict") { (arguments, renderer) throws(DocumentError) in .dictionary(try renderer.dictionary(arguments)) }
    add("namespace") { (arguments, renderer) throws(DocumentError) in
      let namespace = TemplateNamespace()
      let members = try renderer.dictionary(arguments)
      for (key, value) in zip(members.keys, members.values) {
        try renderer.set(try renderer.text(of: key), of: namespace, to: value)
      }
      return .namespace(namespace)
    }
    add("raise_exception") { (arguments, renderer) throws(DocumentError) in
      throw renderer.error(
        try arguments.positional.first.map { (value) throws(DocumentError) in try renderer.text(of: value) }
          ?? "the template raised an exception")
    }
    add("strftime_now") { (arguments, renderer) throws(DocumentError) in
      .string(localTime(now, try renderer.text(arguments, 0, "format")))
    }
    return globals
  }

  /// Most elements that `range` makes, as in Jinja's sandbox.
  private static let longestRange = 100_000

  private func range(_ arguments: TemplateArguments) throws(DocumentError) -> TemplateValue {
    var bounds: [Int] = []
    for value in arguments.positional {
      guard let number = value.wholeNumber else { throw error("range needs whole numbers, not a \(value.typeName)") }
      bounds.append(number)
    }
    guard (1...3).contains(bounds.count) else { throw error("range needs from one to three numbers") }
    let (start, stop) = bounds.count == 1 ? (0, bounds[0]) : (bounds[0], bounds[1])
    let step = bounds.count == 3 ? bounds[2] : 1
    guard step != 0 else { throw error("range's step cannot be 0") }
    let numbers = stride(from: start, to: stop, by: step).prefix(Self.longestRange + 1).map {
      TemplateValue.integer($0)
    }
    guard numbers.count <= Self.longestRange else {
      throw error("a range of more than \(Self.longestRange) numbers is refused")
    }
    try spend(numbers.count)
    return .list(numbers)
  }

  /// `dict(other, name=value)` and `dict([(key, value)])`.
  private func dictionary(_ arguments: TemplateArguments) throws(DocumentError) -> TemplateDictionary {
    var result = TemplateDictionary()
    switch arguments.positional.first {
    case nil: break
    case .dictionary(let other): result = other
    case .some(let pairs):
      for pair in try elements(of: pairs) {
        let parts = try elements(of: pair)
        guard parts.count == 2, result.set(parts[0], parts[1]) else {
          throw error("dict needs pairs of a key and a value")
        }
      }
    }
    for argument in arguments.named { result[argument.name] = argument.value }
    return result
  }
}

/// C's `strftime` in the local time zone.
private func localTime(_ date: Date, _ format: String) -> String {
  var time = time_t(date.timeIntervalSince1970)
  var parts = tm()
  localtime_r(&time, &parts)
  var buffer = [CChar](repeating: 0, count: 1024)
  let count = strftime(&buffer, buffer.count, format, &parts)
  return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// a to the power of b.
func power(_ a: Double, _ b: Double) -> Double { pow(a, b) }

/// A number rounded to so many decimals, from its exact decimal digits, halves to even: Python's `round`.
func decimalRounded(_ number: Double, _ digits: Int) -> Double {
  Double(String(format: "%.\(digits)f", number)) ?? number
}
