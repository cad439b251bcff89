import Foundation

@testable import Transformers

/// The same model written for the eye, in double precision, one number at a time: what the fast one is held against.
struct NaiveTransformer {
  let model: ModelConfiguration
  let layout: ParameterLayout
  var parameters: [Double]
  private let blocks: [String: ParameterBlock]

  init(_ transformer: Transformer) {
    model = transformer.configuration
    layout = transformer.layout
    parameters = (0..<transformer.parameters.count).map { Double(transformer.parameters.values[$0]) }
    blocks = Dictionary(uniqueKeysWithValues: layout.blocks.map { ($0.name, $0) })
  }

  /// The head's numbers at each position: logits, or one scalar.
  func outputs(_ tokens: [Int32]) -> [[Double]] {
    let names = model.names
    var stream = tokens.map {
      vector("\(names.embedding).weight", row: Int($0)).map { $0 * Double(model.embeddingMultiplier) }
    }
    if model.positions == .learned {
      for p in stream.indices { stream[p] = add(stream[p], vector("\(names.positions).weight", row: p)) }
    }
    for layer in 0..<model.layerCount {
      let prefix = "\(names.layers).\(layer)."
      let mixed = attention(layer, stream.map { input($0, prefix + names.inputNorm) }, prefix)
      for p in stream.indices {
        stream[p] = add(stream[p], branch(project(mixed[p], [prefix + names.output]), prefix + names.attentionNorm))
        let inner = activated(project(input(stream[p], prefix + names.middleNorm), names.gateUp.map { prefix + $0 }))
        stream[p] = add(stream[p], branch(project(inner, [prefix + names.down]), prefix + names.mlpNorm))
      }
    }
    let head = model.head == .scalar ? "score" : model.tiesEmbeddings ? names.embedding : "lm_head"
    let divisor = model.head == .scalar ? 1 : Double(model.logitsScaling)
    return stream.map { project(norm($0, names.finalNorm), [head]).map { $0 / divisor } }
  }

  func logps(_ tokens: [Int32], from: Int, temperature: Double = 1) -> (logps: [Double], entropies: [Double]) {
    let outputs = outputs(tokens)
    var result: (logps: [Double], entropies: [Double]) = ([], [])
    for t in max(1, from)..<tokens.count {
      let logits = outputs[t - 1].map { $0 / temperature }
      let largest = logits.max() ?? 0
      let logSum = largest + log(logits.reduce(0) { $0 + exp($1 - largest) })
      result.logps.append(logits[Int(tokens[t])] - logSum)
      result.entropies.append(-logits.reduce(0) { $0 + exp($1 - logSum) * ($1 - logSum) })
    }
    return result
  }

  // MARK: Branches

  private func input(_ x: [Double], _ name: String) -> [Double] { model.normPlace.isBefore ? norm(x, name) : x }

  private func branch(_ x: [Double], _ name: String) -> [Double] {
    let x = x.map { $0 * Double(model.residualMultiplier) }
    return model.normPlace.isAfter ? norm(x, name) : x
  }

  private func activated(_ x: [Double]) -> [Double] {
    func gelu(_ x: Double) -> Double { 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))) }
    let n = model.intermediateSize
    switch model.activation {
    case .swiGLU: return zip(x[..<n], x[n...]).map { $0 / (1 + exp(-$0)) * $1 }
    case .geGLU: return zip(x[..<n], x[n...]).map { gelu($0) * $1 }
    case .gelu: return x.map(gelu)
    }
  }

  private func attention(_ layer: Int, _ x: [[Double]], _ prefix: String) -> [[Double]] {
    let names = model.names
    let (size, columns, groups) = (model.headSize, model.querySize, model.headCount / model.keyValueHeadCount)
    var (queries, keys, values): ([[Double]], [[Double]], [[Double]]) = ([], [], [])
    for (p, x) in x.enumerated() {
      let all = project(x, names.queryKeyValue.map { prefix + $0 })
      var (q, k) = (Array(all[..<columns]), Array(all[columns..<columns + model.keySize]))
      switch model.queryKeyNorm {
      case .none: break
      case .whole: (q, k) = (norm(q, prefix + names.queryNorm), norm(k, prefix + names.keyNorm))
      case .perHead:
        q = heads(q).flatMap { norm($0, prefix + names.queryNorm) }
        k = heads(k).flatMap { norm($0, prefix + names.keyNorm) }
      }
      queries.append(heads(q).flatMap { rotate($0, position: p, layer) })
      keys.append(heads(k).flatMap { rotate($0, position: p, layer) })
      values.append(Array(all[(columns + model.keySize)...]))
    }
    let scale = model.attentionScale.map(Double.init) ?? 1 / Double(size).squareRoot()
    let window = model.slidingLayers.contains(layer) ? model.slidingWindow ?? Int.max : Int.max
    return x.indices.map { p in
      (0..<model.headCount).flatMap { h in
        let seen = (p - min(window - 1, p))...p
        let scores = seen.map { scale * dot(heads(queries[p])[h], heads(keys[$0])[h / groups]) }
        let largest = scores.max() ?? 0
        let weights = scores.map { exp($0 - largest) }
        let total = weights.reduce(0, +)
        return (0..<size).map { d in
          zip(seen, weights).reduce(0) { $0 + $1.1 * values[$1.0][h / groups * size + d] } / total
        }
      }
    }
  }

  private func heads(_ x: [Double]) -> [[Double]] {
    stride(from: 0, to: x.count, by: model.headSize).map { Array(x[$0..<$0 + model.headSize]) }
  }

  private func rotate(_ x: [Double], position: Int, _ layer: Int) -> [Double] {
    if model.positions == .learned || model.unrotatedLayers.contains(layer) { return x }
    let theta = model.slidingLayers.contains(layer) ? model.slidingRopeTheta ?? model.ropeTheta : model.ropeTheta
    let half = model.rotarySize / 2
    var result = x
    for i in 0..<half {
      let angle = Double(position) / pow(theta, Double(2 * i) / Double(model.rotarySize))
      result[i] = x[i] * cos(angle) - x[i + half] * sin(angle)
      result[i + half] = x[i + half] * cos(angle) + x[i] * sin(angle)
    }
    return result
  }

  // MARK: Rows

  private func norm(_ x: [Double], _ name: String) -> [Double] {
    let weights = vector("\(name).weight").map { model.norm == .rootMeanSquareAroundOne ? $0 + 1 : $0 }
    let mean = model.norm == .layer ? x.reduce(0, +) / Double(x.count) : 0
    let centred = x.map { $0 - mean }
    let scale = 1 / (dot(centred, centred) / Double(x.count) + Double(model.normEpsilon)).squareRoot()
    let result = zip(centred, weights).map { $0 * scale * $1 }
    return model.norm == .layer ? add(result, vector("\(name).bias")) : result
  }

  /// The results of one projection or of several beside each other.
  private func project(_ x: [Double], _ names: [String]) -> [Double] {
    names.flatMap { name -> [Double] in
      guard let block = blocks["\(name).weight"] else { return [] }
      let bias = blocks["\(name).bias"]
      return parameters.withUnsafeBufferPointer { all in
        (0..<block.shape[0]).map { out in
          let row = UnsafeBufferPointer(
            rebasing: all[block.offset + out * x.count..<block.offset + (out + 1) * x.count])
          return (bias.map { all[$0.offset + out] } ?? 0) + x.withUnsafeBufferPointer { Self.dot($0, row) }
        }
      }
    }
  }

  private func vector(_ name: String, row: Int = 0) -> [Double] {
    guard let block = blocks[name] else { return [] }
    let width = block.shape[block.shape.count - 1]
    return Array(parameters[block.offset + row * width..<block.offset + (row + 1) * width])
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { b in Self.dot(a, b) } }
  }

  /// Pointers and `while`, since nearly all of the time goes here and tests are not optimised.
  private static func dot(_ a: UnsafeBufferPointer<Double>, _ b: UnsafeBufferPointer<Double>) -> Double {
    let count = a.count
    guard let a = a.baseAddress, let b = b.baseAddress else { return 0 }
    var (sum, i) = (0.0, 0)
    while i < count {
      sum += a[i] * b[i]
      i += 1
    }
    return sum
  }

  private func add(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 + $1 } }
}
