import Simulation

extension Batch {
  /// The file of what a trainer learned from in one of its optimizer steps, from 1.
  func json(ofStep step: Int) -> String {
    var batch = self
    batch.step = step
    return batch.json
  }
}
