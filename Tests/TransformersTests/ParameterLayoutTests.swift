import Testing

@testable import Transformers

@Suite struct ParameterLayoutTests {
  @Test func blocksFollowEachOtherWithoutGaps() {
    var model = ModelConfiguration(
      vocabularySize: 7, hiddenSize: 8, intermediateSize: 12, layerCount: 2, headCount: 2, keyValueHeadCount: 1)
    model.hasQueryKeyValueBias = true
    model.queryKeyNorm = .perHead
    model.tiesEmbeddings = false
    let layout = ParameterLayout(model)
    var end = 0
    for block in layout.blocks {
      #expect(block.offset == end)
      end += block.count
    }
    #expect(end == layout.count)
    #expect(layout.blocks.last?.name == "lm_head.weight")
    #expect(Set(layout.blocks.map(\.name)).count == layout.blocks.count)
  }
}
