internal import Foundation
public import Transformers

/// How this program was started: by itself, or as one of several by `mpirun`, `srun` or the like.
public enum Launch {
  /// The variables for the number of ranks and for this rank's number: Open MPI, MPICH and its relatives, Slurm.
  private static let names = [
    ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"), ("PMI_SIZE", "PMI_RANK"),
    ("SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),
  ]

  /// The number of ranks, 1 if there are not several, and this one's number, as far as the environment tells.
  static func told(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> (count: Int, rank: Int) {
    for (count, rank) in names {
      if let count = environment[count].flatMap({ Int($0) }), count > 1 {
        return (count, environment[rank].flatMap { Int($0) } ?? 0)
      }
    }
    return (1, 0)
  }

  /// The ranks that were started together with this one.
  ///
  /// Throws if there are several but this program was built without MPI.
  public static func ranks() throws(RankError) -> any Ranks {
    let (count, _) = told()
    if count == 1 { return SingleRank() }
    #if MPI
      let ranks = try MPIRanks()
      guard ranks.count > 1 else {
        throw RankError(
          "\(count) programs were started together, but each finds itself alone: they were started by another MPI than "
            + "the one that gradus was built with")
      }
      return ranks
    #else
      throw RankError(
        "\(count) programs were started together, but this gradus was built without MPI; build it with "
          + "`swift build -c release --traits MPI`")
    #endif
  }

  /// Whether this is the rank that prints and writes.
  public static var isFirst: Bool { told().rank == 0 }
}
