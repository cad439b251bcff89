/// An expression of a template.
indirect enum TemplateExpression {
  case constant(TemplateValue)
  case name(String)
  case list([TemplateExpression])
  case tuple([TemplateExpression])
  case dictionary([(key: TemplateExpression, value: TemplateExpression)])
  case attribute(TemplateExpression, String, TemplatePlace)
  case item(TemplateExpression, TemplateExpression, TemplatePlace)
  case slice(TemplateExpression, TemplateSlice, TemplatePlace)
  case call(TemplateExpression, TemplateCall)
  /// A filter; what it is applied to is missing where it stands for a block's text.
  case filter(TemplateExpression?, String, TemplateCall)
  case test(TemplateExpression, String, TemplateCall)
  case not(TemplateExpression)
  case sign(String, TemplateExpression, TemplatePlace)
  case and(TemplateExpression, TemplateExpression)
  case or(TemplateExpression, TemplateExpression)
  case conditional(TemplateExpression, then: TemplateExpression, otherwise: TemplateExpression?)
  /// `a < b <= c`, `a in b`.
  case comparison(TemplateExpression, [(operation: String, TemplateExpression)], TemplatePlace)
  case arithmetic(String, TemplateExpression, TemplateExpression, TemplatePlace)
  /// `a ~ b ~ c`.
  case joined([TemplateExpression])
}

/// `[start:stop:step]`.
struct TemplateSlice {
  var start: TemplateExpression?
  var stop: TemplateExpression?
  var step: TemplateExpression?
}

/// The arguments of a call and its place.
struct TemplateCall {
  var positional: [TemplateExpression] = []
  var named: [(name: String, value: TemplateExpression)] = []
  /// `*list` and `**dictionary`.
  var unpackedList: TemplateExpression?
  var unpackedDictionary: TemplateExpression?
  var place: TemplatePlace
}

/// What an assignment assigns to.
indirect enum TemplateTarget {
  case name(String)
  /// `namespace.name`.
  case attribute(String, String, TemplatePlace)
  case tuple([TemplateTarget], TemplatePlace)
}

/// A statement of a template.
indirect enum TemplateStatement {
  case text(String)
  case output(TemplateExpression)
  case condition([(condition: TemplateExpression, body: [TemplateStatement])], otherwise: [TemplateStatement])
  case loop(TemplateLoopStatement)
  case assign(TemplateTarget, TemplateExpression, TemplatePlace)
  case assignBlock(TemplateTarget, filter: TemplateExpression?, [TemplateStatement])
  case macro(String, TemplateMacro)
  /// `{% call(parameters) macro(…) %}`: the body is what the macro calls `caller`.
  case call(TemplateExpression, TemplateCall, caller: TemplateMacro)
  case filter(TemplateExpression, [TemplateStatement])
  case with([(TemplateTarget, TemplateExpression)], [TemplateStatement], TemplatePlace)
  case block([TemplateStatement])
  /// `{% generation %}`: what the assistant wrote, as transformers marks it.
  case generation([TemplateStatement])
  case leaveLoop, continueLoop
}

/// `{% for target in items if condition recursive %} … {% else %} … {% endfor %}`.
final class TemplateLoopStatement {
  let target: TemplateTarget
  let items: TemplateExpression
  let condition: TemplateExpression?
  let body: [TemplateStatement]
  let otherwise: [TemplateStatement]
  let isRecursive: Bool
  let place: TemplatePlace

  init(
    target: TemplateTarget, items: TemplateExpression, condition: TemplateExpression?, body: [TemplateStatement],
    otherwise: [TemplateStatement], isRecursive: Bool, place: TemplatePlace
  ) {
    self.target = target
    self.items = items
    self.condition = condition
    self.body = body
    self.otherwise = otherwise
    self.isRecursive = isRecursive
    self.place = place
  }
}

/// A macro's parameters and body.
final class TemplateMacro {
  let parameters: [(name: String, standard: TemplateExpression?)]
  let body: [TemplateStatement]

  init(parameters: [(name: String, standard: TemplateExpression?)], body: [TemplateStatement]) {
    self.parameters = parameters
    self.body = body
  }
}
