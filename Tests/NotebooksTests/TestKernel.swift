import Debugging
import Foundation
import Notebooks
import Reporting

extension Kernel {
  /// In no folder, with the built-in scenarios alone.
  static func forTests(limit: Double = 20) throws -> Kernel {
    let opening: Opening = { name, _ throws(ExpressionError) in try Session.builtIn(name) }
    return try Kernel(folder: nil, program: URL(filePath: "/bin/true"), limit: limit, opening: opening) { _ in }
  }
}
