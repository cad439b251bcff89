import Documents

/// What an event file of TensorBoard holds: a message `Event` (tensorboard/compat/proto/event.proto, summary.proto).
enum TensorBoardEvent {
  private typealias Fields = (inout ProtobufMessage) -> Void

  /// The first event of a file.
  static func fileVersion(time: Double) -> [UInt8] { event(time, step: 0) { $0.string(3, "brain.Event:2") } }

  /// Says that a program begins at this step: what earlier files have of it and of later steps no longer counts.
  static func start(time: Double, step: Int) -> [UInt8] {
    event(time, step: step) { $0.message(7) { $0.integer(1, 1) } }
  }

  /// The numbers of a step, 32 bits each.
  static func scalars(time: Double, step: Int, _ values: [MetricValue]) -> [UInt8] {
    summary(time, step: step) { summary in
      for metric in values {
        summary.message(1) { value in
          value.string(1, tag(of: metric.name))
          value.float(2, Float(metric.value))
        }
      }
    }
  }

  /// A text, in Markdown, that TensorBoard shows under Text.
  static func text(time: Double, step: Int, tag: String, _ markdown: String) -> [UInt8] {
    summary(time, step: step) { summary in
      summary.message(1) { value in
        // The suffix is what torch's `add_text` gives it, so that a tag means the same in a run of TRL.
        value.string(1, tag + "/text_summary")
        tensor(in: &value, type: 7) { $0.string(8, markdown) }
        plugin("text", in: &value) { _ in }
      }
    }
  }

  /// The options of a run, which TensorBoard shows beside its numbers under HParams (tensorboard/plugins/hparams/plugin_data.proto).
  static func hyperparameters(time: Double, _ options: [(name: String, value: Hyperparameter)]) -> [UInt8] {
    summary(time, step: 0) { summary in
      summary.message(1) { value in
        value.string(1, "_hparams_/session_start_info")
        tensor(in: &value, type: 1) { _ in }
        plugin("hparams", in: &value) { data in
          data.message(3) { session in
            for option in options {
              session.message(1) { entry in
                entry.string(1, option.name)
                entry.message(2, option.value.write)
              }
            }
            session.double(5, time)
          }
        }
      }
    }
  }

  /// The value of an option, as google.protobuf.Value.
  enum Hyperparameter {
    case number(Double)
    case flag(Bool)
    case text(String)

    fileprivate func write(_ value: inout ProtobufMessage) {
      switch self {
      case .number(let number): value.double(2, number)
      case .text(let text): value.string(3, text)
      case .flag(let flag): value.integer(4, flag ? 1 : 0)
      }
    }
  }

  /// The step of an event that was written; nil where this is none.
  static func step(of event: ArraySlice<UInt8>) -> Int? { ProtobufMessage.integer(2, in: event) }

  /// `train/loss` for `loss` and `eval/loss` for `eval_loss`, as transformers has them, so that runs of TRL lie in the same charts.
  static func tag(of name: String) -> String {
    name.hasPrefix("eval_") ? "eval/" + name.dropFirst("eval_".count) : "train/" + name
  }

  private static func event(_ time: Double, step: Int, _ what: Fields) -> [UInt8] {
    var event = ProtobufMessage()
    event.double(1, time)
    if step != 0 { event.integer(2, step) }
    what(&event)
    return event.bytes
  }

  private static func summary(_ time: Double, step: Int, _ values: Fields) -> [UInt8] {
    event(time, step: step) { $0.message(5, values) }
  }

  /// A tensor of one element, or of none where nothing is written.
  private static func tensor(in value: inout ProtobufMessage, type: Int, _ content: Fields) {
    value.message(8) { tensor in
      tensor.integer(1, type)
      var element = ProtobufMessage()
      content(&element)
      // A string tensor is a list of one; what has no content has a dimension of size 0.
      tensor.message(2) { shape in shape.message(2) { if !element.bytes.isEmpty { $0.integer(1, 1) } } }
      content(&tensor)
    }
  }

  private static func plugin(_ name: String, in value: inout ProtobufMessage, _ content: Fields) {
    value.message(9) { metadata in
      metadata.message(1) { data in
        data.string(1, name)
        var inner = ProtobufMessage()
        content(&inner)
        if !inner.bytes.isEmpty { data.message(2, content) }
      }
    }
  }
}
