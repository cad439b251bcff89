/// A run's scalars, which a checkpoint keeps to the last bit: counters, positions in random streams, running means.
///
///     var state = RunState()
///     state.integers["step"] = 100
///     state.numbers["kl_coef"] = 0.1
///     try state.write(to: folder + "/state.json")
public struct RunState: Equatable, Sendable {
  public var integers: [String: UInt64] = [:]
  public var numbers: [String: Double] = [:]
  public var lists: [String: [Double]] = [:]
  public var strings: [String: String] = [:]

  public init() {}

  /// Equal when every bit is, so that NaN equals itself and 0 differs from −0.
  public static func == (a: RunState, b: RunState) -> Bool {
    a.integers == b.integers && a.strings == b.strings
      && a.numbers.mapValues { $0.bitPattern } == b.numbers.mapValues { $0.bitPattern }
      && a.lists.mapValues { $0.map { $0.bitPattern } } == b.lists.mapValues { $0.map { $0.bitPattern } }
  }

  /// The integer of that name, or an error that names the file that lacks it.
  public func integer(_ name: String, in path: String) throws(TrainingError) -> UInt64 {
    guard let value = integers[name] else { throw TrainingError(.badData, "\(path): there is no integer '\(name)'") }
    return value
  }

  /// The number of that name, or an error that names the file that lacks it.
  public func number(_ name: String, in path: String) throws(TrainingError) -> Double {
    guard let value = numbers[name] else { throw TrainingError(.badData, "\(path): there is no number '\(name)'") }
    return value
  }
}
