import Testing
import Transformers

@testable import Training

/// Sizes that others have counted.
@Suite struct PlannedModelTests {
  /// What `sum(p.numel() for p in model.parameters())` says of the published checkpoints.
  @Test(arguments: [
    ("llama-2-7b", 6_738_415_616), ("llama-2-13b", 13_015_864_320), ("llama-2-70b", 68_976_648_192),
    ("llama-3-8b", 8_030_261_248), ("llama-3-70b", 70_553_706_496),
    ("qwen2-0.5b", 494_032_768), ("qwen2-1.5b", 1_543_714_304), ("qwen2-7b", 7_615_616_512),
  ])
  func parametersOfKnownModels(name: String, count: Int) throws {
    let known = try #require(PlannedModel.known.first { $0.name == name })
    let model = PlannedModel(known.shape)
    #expect(model.parameters == Double(count))
    #expect(!model.isGuessed)
  }

  @Test func everyKnownModelIsTested() {
    #expect(PlannedModel.known.count == 8)
  }

  /// Llama-2-7B keeps half a MiB of each token; grouped queries make it a quarter in Llama-3-8B, whose heads are as large.
  @Test(arguments: [("llama-2-7b", 524_288.0), ("llama-3-8b", 131_072), ("qwen2-0.5b", 12_288)])
  func cacheOfAToken(name: String, bytes: Double) throws {
    let known = try #require(PlannedModel.known.first { $0.name == name })
    #expect(2 * PlannedModel(known.shape).cachedNumbersPerToken == bytes)
  }

  @Test(arguments: [(7e9, 32, 4096), (13e9, 40, 5120), (8e6, 1, 128)])
  func aSizeHasTheShapeOfTheLlamaFamily(parameters: Double, layers: Int, hidden: Int) throws {
    let model = try #require(PlannedModel(parameters: parameters))
    #expect(model.isGuessed)
    #expect(model.parameters == parameters)
    #expect(model.shape.layerCount == layers)
    #expect(model.shape.hiddenSize == hidden)
  }

  /// The guess has about as many parameters as it is a guess of.
  @Test(arguments: [1e9, 3e9, 7e9, 30e9, 70e9, 400e9])
  func theGuessIsNear(parameters: Double) throws {
    let count = Double(ParameterLayout(try #require(PlannedModel(parameters: parameters)).shape).count)
    #expect(abs(count / parameters - 1) < 0.08)
  }

  @Test(arguments: [1000, 1e6, 1e15]) func noShapeIsGuessedThatIsFarOff(parameters: Double) {
    #expect(PlannedModel(parameters: parameters) == nil)
  }
}
