#if MPI
  internal import CMPI
  internal import Dispatch
  internal import Foundation
  internal import Synchronization
  public import Transformers

  /// The ranks that `mpirun` started.
  ///
  /// Messages go through one queue, one after the other, so that gradients are summed while the program goes on computing,
  /// and every rank sends its messages in the same order.
  public final class MPIRanks: Ranks {
    public let rank, count, processors: Int
    private let messages = DispatchQueue(label: "MPI")
    private let waiting = Mutex<(@Sendable (Bool) -> Void)?>(nil)

    /// Joins the others; may be called once in a program.
    init() throws(RankError) {
      var (rank, count, neighbours): (Int32, Int32, Int32) = (0, 0, 0)
      let code = gradus_mpi_start(&rank, &count, &neighbours)
      guard code == 0 else { throw RankError("MPI cannot start: \(Self.text(code))") }
      (self.rank, self.count) = (Int(rank), Int(count))
      processors = Processors.share(among: Int(neighbours))
    }

    /// Leaves in good order.
    public func leave() { messages.sync { _ = gradus_mpi_finish() } }

    /// Ends all ranks; the program that started them exits with this code.
    public func abort(_ code: Int32) { gradus_mpi_abort(code) }

    public func whileWaiting(_ body: (@Sendable (Bool) -> Void)?) { waiting.withLock { $0 = body } }

    public func exchange(_ bytes: [UInt8]) -> [[UInt8]] {
      messages.sync {
        var lengths = [Int32](repeating: 0, count: count)
        var own = Int32(bytes.count)
        wait { gradus_mpi_gather_lengths(&own, &lengths, $0) }
        var starts = [Int32](repeating: 0, count: count + 1)
        for i in 0..<count { starts[i + 1] = starts[i] + lengths[i] }
        var all = [UInt8](repeating: 0, count: Int(starts[count]))
        all.withUnsafeMutableBytes { all in
          wait { gradus_mpi_gather(bytes, own, all.baseAddress, lengths, starts, $0) }
        }
        return (0..<count).map { Array(all[Int(starts[$0])..<Int(starts[$0 + 1])]) }
      }
    }

    public func beginSum(_ numbers: UnsafeMutableBufferPointer<Float>) {
      nonisolated(unsafe) let numbers = numbers
      messages.async { [self] in
        // MPI counts with 32 bits.
        for start in stride(from: 0, to: numbers.count, by: 1 << 30) {
          let part = UnsafeMutableBufferPointer(rebasing: numbers[start..<min(start + 1 << 30, numbers.count)])
          wait { gradus_mpi_sum(part.baseAddress, Int32(part.count), $0) }
        }
      }
    }

    public func finishSums() { messages.sync {} }

    /// Waits for an operation. MPI makes progress only when asked; in between, the processor is left to other threads.
    private func wait(_ begin: (UnsafeMutablePointer<MPI_Request?>) -> Int32) {
      var request: MPI_Request?
      var code = begin(&request)
      var (isDone, asked): (Int32, Int) = (0, 0)
      while code == 0 {
        code = gradus_mpi_test(&request, &isDone)
        if isDone != 0 { return }
        asked += 1
        if asked < Self.patience {
          sched_yield()
        } else {
          usleep(Self.nap)
          waiting.withLock(\.self)?(false)
        }
      }
      // The callback ends the program: there is no way to go on from here.
      waiting.withLock(\.self)?(true)
      // The same command may succeed later.
      abort(EX_TEMPFAIL)
    }

    /// How often MPI is asked at once before the questions are spaced by some microseconds.
    private static let patience = 2000
    private static let nap: UInt32 = 50

    private static func text(_ code: Int32) -> String {
      var text = [CChar](repeating: 0, count: Int(MPI_MAX_ERROR_STRING))
      let length = gradus_mpi_error(code, &text)
      return String(decoding: text.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
#endif
