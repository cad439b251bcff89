internal import Foundation

/// The processors of this machine.
enum Processors {
  /// How many each of several programs has to itself: those that it is bound to, or an even share.
  static func share(among programs: Int) -> Int {
    let (bound, all) = (ProcessInfo.processInfo.activeProcessorCount, ProcessInfo.processInfo.processorCount)
    return bound < all ? bound : max(1, all / max(1, programs))
  }
}
