#if MPI
  import Foundation
  import Testing

  /// `mpirun … gradus train` as a user meets it. That ranks come to the same weights for every trainer is in `RankTests`.
  @Suite(.serialized) struct DistributedTests {
    private static let options = [
      "hidden_size=32", "num_hidden_layers=2", "num_attention_heads=2", "num_key_value_heads=2", "intermediate_size=32",
      "batch_size=8", "save_steps=5", "save_total_limit=0", "eval_steps=0", "workers=1", "num_completions_to_print=0",
      "lr_scheduler_type=constant",
    ]

    /// A line of the shell, in which the ranks may be more than the processors and their starter may be root.
    private func line(_ ranks: Int, _ name: String, _ more: [String], resume: Bool = false) -> String {
      let sets = (resume ? more : Self.options + more).map { "--set \($0)" }.joined(separator: " ")
      return "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 exec mpirun --oversubscribe --bind-to none -np "
        + "\(ranks) \"$GRADUS\" train sft --output \(name) \(resume ? "--resume " : "")\(sets)"
    }

    private func weights(_ program: Program, _ name: String) throws -> [Float] {
      let bytes = try Data(contentsOf: program.file("\(name)/model/model.safetensors"))
      let header = bytes.prefix(8).withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
      return bytes.dropFirst(8 + header).withUnsafeBytes { memory in
        stride(from: 0, to: memory.count, by: 4).map { memory.loadUnaligned(fromByteOffset: $0, as: Float.self) }
      }
    }

    private func expectSameWeights(_ program: Program, _ one: String, _ other: String) throws {
      let (a, b) = (try weights(program, one), try weights(program, other))
      #expect(a.count == b.count && a.count > 10_000)
      #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test func ranksTrainOneModelAndGoOnWithAnotherNumber() throws {
      let program = try Program()
      let alone = try program.shell(line(1, "alone", ["max_steps=20"]))
      #expect(alone.exitCode == 0, "\(alone.errors)")
      let two = try program.shell(line(2, "ranks", ["max_steps=10"]))
      #expect(two.exitCode == 0, "\(two.errors)")
      #expect(two.errors.split(separator: "\n").filter { $0.hasPrefix("sft: 10 steps") }.count == 1)
      let three = try program.shell(line(3, "ranks", ["max_steps=20"], resume: true))
      #expect(three.exitCode == 0, "\(three.errors)")
      try expectSameWeights(program, "alone", "ranks")
      let lines = try ["alone", "ranks"].map { try program.read("\($0)/metrics.jsonl").split(separator: "\n").count }
      #expect(lines[0] == lines[1] && lines[0] >= 20)
    }

    @Test func anErrorIsToldOnceAndIsTheExitCode() throws {
      let program = try Program()
      let refused = try program.shell(line(2, "run", ["max_steps=x"]))
      #expect(refused.exitCode == 64)
      #expect(refused.errors.split(separator: "\n").filter { $0.hasPrefix("Error: --set max_steps=x") }.count == 1)
      #expect(!refused.errors.contains("rank 1:"))
      #expect(try program.fileNames() == [])
    }

    /// The first rank saves what all had before the step in which one died.
    @Test func aRankThatDiesEndsTheJobWithACheckpoint() throws {
      let program = try Program()
      let alone = try program.shell(line(1, "alone", ["max_steps=60"]))
      #expect(alone.exitCode == 0, "\(alone.errors)")
      // The rank that dies does so by itself: the shell that becomes it had set its clock.
      try program.write(
        """
        #!/bin/sh
        if [ "$OMPI_COMM_WORLD_RANK" = 1 ]; then
          ( while [ ! -e run/checkpoint-000005 ]; do sleep 0.01; done; kill -9 $$ ) &
        fi
        exec "$GRADUS" "$@"
        """, to: "dying")
      let dying = line(2, "run", ["max_steps=60"])
        .replacingOccurrences(of: "-np 2 \"$GRADUS\"", with: "--mca odls_base_sigkill_timeout 5 -np 2 sh ./dying")
      let died = try program.shell(dying)
      #expect(died.exitCode != 0)
      let names = try FileManager.default.contentsOfDirectory(atPath: program.file("run").path)
      let saved = names.filter { $0.hasPrefix("checkpoint-") }.compactMap { Int($0.dropFirst(11)) }.max() ?? 0
      #expect(saved >= 5 && saved < 60)
      #expect(!names.contains { $0.hasPrefix(".checkpoint") }, "\(names)")
      // All that was learned is there: the last line of the log is of the step that was saved.
      let last = try program.read("run/metrics.jsonl").split(separator: "\n").last
      #expect(last?.hasPrefix("{\"step\":\(saved),") == true, "\(saved) \(last ?? "")")
      let resumed = try program.shell(line(3, "run", [], resume: true))
      #expect(resumed.exitCode == 0, "\(resumed.errors)")
      try expectSameWeights(program, "alone", "run")
    }
  }
#endif
