import Testing

@testable import Training

/// Numbers by hand from transformers' `get_*_schedule_with_warmup`, with 2 of 10 steps of warm-up.
@Suite struct ScheduleTests {
  @Test(arguments: [
    (Schedule.Kind.constant, [1.0, 1, 1, 1, 1]),
    (.constantWithWarmup, [0, 0.5, 1, 1, 1]),
    (.linear, [0, 0.5, 1, 0.5, 0]),
    (.cosine, [0, 0.5, 1, 0.5, 0]),
  ])
  func factorsAtSteps0And1And2And6And10(kind: Schedule.Kind, expected: [Double]) {
    let schedule = Schedule(kind, warmupSteps: 2, totalSteps: 10)
    for (step, factor) in zip([0, 1, 2, 6, 10], expected) {
      #expect(abs(schedule.factor(at: step) - factor) < 1e-15)
    }
  }

  @Test func aQuarterOfTheWayDownCosineLagsBehindLinear() {
    // (1 + cos π/4) / 2
    #expect(abs(Schedule(.cosine, warmupSteps: 2, totalSteps: 10).factor(at: 4) - 0.8535533905932737) < 1e-15)
    #expect(Schedule(.linear, warmupSteps: 2, totalSteps: 10).factor(at: 4) == 0.75)
  }

  @Test func nothingIsDividedByZeroNorFallsBelowIt() {
    for kind in Schedule.Kind.allCases {
      #expect(Schedule(kind, warmupSteps: 0, totalSteps: 0).factor(at: 0).isFinite)
      #expect(Schedule(kind, warmupSteps: 5, totalSteps: 5).factor(at: 5).isFinite)
      #expect(Schedule(kind, warmupSteps: 0, totalSteps: 4).factor(at: 9) >= 0)
    }
  }

  /// From `get_cosine_with_hard_restarts_schedule_with_warmup` and `get_cosine_with_min_lr_schedule_with_warmup`.
  @Test func restartsAndMinima() {
    var restarts = Schedule(.cosineWithRestarts, warmupSteps: 2, totalSteps: 10)
    restarts.cycles = 2
    for (step, factor) in zip(
      [0, 1, 2, 4, 5, 6, 9, 10], [0, 0.5, 1, 0.5, 0.14644660940672627, 1, 0.14644660940672627, 0])
    {
      #expect(abs(restarts.factor(at: step) - factor) < 1e-15)
    }
    var minimum = Schedule(.cosineWithMinimum, warmupSteps: 2, totalSteps: 10)
    minimum.minimum = 0.1
    for (step, factor) in zip([0, 1, 2, 4, 6, 10], [0, 0.5, 1, 0.8681980515339464, 0.55, 0.1]) {
      #expect(abs(minimum.factor(at: step) - factor) < 1e-15)
    }
  }

  @Test func numbersOfTheScheduleAreThoseItReads() throws {
    func problem(_ options: String...) throws -> String? {
      var run = RunConfiguration(.sft)
      try run.apply(options)
      return Schedule.problem(run.settings)
    }
    #expect(try problem() == nil)
    #expect(try problem("lr_scheduler_type=cosine_with_min_lr")?.contains("min_lr_rate") == true)
    #expect(try problem("lr_scheduler_type=cosine_with_min_lr", #"lr_scheduler_kwargs={"min_lr": 1e-5}"#) == nil)
    #expect(
      try problem("lr_scheduler_type=linear", #"lr_scheduler_kwargs={"num_cycles": 2}"#)
        == "lr_scheduler_kwargs has num_cycles, but lr_scheduler_type linear reads no numbers")
    #expect(throws: TrainingError.self) { try problem(#"lr_scheduler_kwargs={"min_lr": "low"}"#) }
  }

  @Test func aShareOfTheStepsWarmsUpUnlessTheirNumberIsGiven() throws {
    var run = RunConfiguration(.sft)
    try run.apply(["warmup_ratio=0.25", "lr_scheduler_type=cosine_with_min_lr", "learning_rate=0.01"])
    try run.apply([#"lr_scheduler_kwargs={"min_lr": 0.001}"#])
    let schedule = Schedule(run.settings, totalSteps: 10)
    #expect(schedule.warmupSteps == 3 && schedule.minimum == 0.1)
    try run.apply(["warmup_steps=1"])
    #expect(Schedule(run.settings, totalSteps: 10).warmupSteps == 1)
  }

  @Test func theSettingsChooseIt() throws {
    var settings = TrainingSettings(.sft)
    try settings.set(name: "lr_scheduler_type", to: "cosine")
    try settings.set(name: "warmup_steps", to: "3")
    #expect(Schedule(settings, totalSteps: 9) == Schedule(.cosine, warmupSteps: 3, totalSteps: 9))
  }
}
