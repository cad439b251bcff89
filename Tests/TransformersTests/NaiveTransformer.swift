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
    var stream = tokens.map { vector("model.embed_tokens.weight", row: Int($0)) }
    for layer in 0..<model.layerCount {
      let name = "model.layers.\(layer)"
      let normed = stream.map { norm($0, "\(name).input_layernorm.weight") }
      let mixed = attention(normed, "\(name).self_attn")
      for p in stream.indices {
        stream[p] = add(stream[p], project(mixed[p], "\(name).self_attn.o_proj"))
        let x = norm(stream[p], "\(name).post_attention_layernorm.weight")
        let gate = project(x, "\(name).mlp.gate_proj")
        let up = project(x, "\(name).mlp.up_proj")
        let inner = zip(gate, up).map { $0 / (1 + exp(-$0)) * $1 }
        stream[p] = add(stream[p], project(inner, "\(name).mlp.down_proj"))
      }
    }
    let head = model.head == .scalar ? "score" : model.tiesEmbeddings ? "model.embed_tokens" : "lm_head"
    return stream.map { project(norm($0, "model.norm.weight"), head) }
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

  private func attention(_ x: [[Double]], _ name: String) -> [[Double]] {
    let queries = x.map { project($0, "\(name).q_proj") }
    let keys = x.map { project($0, "\(name).k_proj") }
    let values = x.map { project($0, "\(name).v_proj") }
    var result = x.map { _ in [Double](repeating: 0, count: model.querySize) }
    for h in 0..<model.headCount {
      let kv = h / (model.headCount / model.keyValueHeadCount)
      func head(_ rows: [[Double]], _ h: Int) -> [[Double]] {
        rows.map { Array($0[h * model.headSize..<(h + 1) * model.headSize]) }
      }
      var (q, k) = (head(queries, h), head(keys, kv))
      let v = head(values, kv)
      if model.hasQueryKeyNorm {
        q = q.map { norm($0, "\(name).q_norm.weight") }
        k = k.map { norm($0, "\(name).k_norm.weight") }
      }
      q = q.enumerated().map { rotate($1, position: $0) }
      k = k.enumerated().map { rotate($1, position: $0) }
      let columns = (0..<model.headSize).map { d in v.map { $0[d] } }
      for p in x.indices {
        let scores = (0...p).map { dot(q[p], k[$0]) / Double(model.headSize).squareRoot() }
        let largest = scores.max() ?? 0
        let weights = scores.map { exp($0 - largest) }
        let total = weights.reduce(0, +)
        for d in 0..<model.headSize { result[p][h * model.headSize + d] = dot(weights, columns[d]) / total }
      }
    }
    return result
  }

  private func rotate(_ x: [Double], position: Int) -> [Double] {
    let half = model.headSize / 2
    var result = x
    for i in 0..<half {
      let angle = Double(position) / pow(model.ropeTheta, Double(2 * i) / Double(model.headSize))
      result[i] = x[i] * cos(angle) - x[i + half] * sin(angle)
      result[i + half] = x[i + half] * cos(angle) + x[i] * sin(angle)
    }
    return result
  }

  private func norm(_ x: [Double], _ weight: String) -> [Double] {
    let scale = 1 / (dot(x, x) / Double(x.count) + Double(model.normEpsilon)).squareRoot()
    return zip(x, vector(weight)).map { $0 * scale * $1 }
  }

  private func project(_ x: [Double], _ name: String) -> [Double] {
    guard let block = blocks["\(name).weight"] else { return [] }
    let bias = blocks["\(name).bias"]
    return parameters.withUnsafeBufferPointer { all in
      (0..<block.shape[0]).map { out in
        let row = UnsafeBufferPointer(rebasing: all[block.offset + out * x.count..<block.offset + (out + 1) * x.count])
        return (bias.map { all[$0.offset + out] } ?? 0) + x.withUnsafeBufferPointer { Self.dot($0, row) }
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
