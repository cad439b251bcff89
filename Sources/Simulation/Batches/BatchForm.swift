import Documents
import Objectives
import Recording

/// How the batches of an algorithm are written in a file.
struct BatchForm: Sendable {
  /// What the elements of a batch's list are read with.
  struct Items {
    let documents: [Document]
    /// The whole file, for what stands beside the list.
    let fields: Fields
    /// The numbers of those that the update learned from; nil for all.
    let learned: [Int]?
    let settings: Settings

    init(_ documents: [Document], fields: Fields, learned: [Int]?, settings: Settings) {
      self.documents = documents
      self.fields = fields
      self.learned = learned
      self.settings = settings
    }
  }

  let algorithm: Algorithm
  /// Where a file has what was recorded: `sequences`, `pairs`.
  let listKey: String
  /// The keys that not every algorithm's file may have.
  var otherKeys: [String] = []
  /// Whether a file may hold what was sampled without any update.
  var mayLearnNothing = false
  let read: @Sendable (Items) throws(DocumentError) -> Batch.Contents

  static let all: [BatchForm] = Simulator.all.compactMap { $0.form }
}

extension Batch {
  /// How it is written; every algorithm whose batches can be replayed has a form.
  var form: BatchForm {
    guard let form = BatchForm.all.first(where: { $0.algorithm == algorithm }) else {
      preconditionFailure("a recorded algorithm has no form")
    }
    return form
  }
}
