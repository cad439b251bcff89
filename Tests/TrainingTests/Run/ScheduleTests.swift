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

  @Test func theSettingsChooseIt() throws {
    var settings = TrainingSettings(.sft)
    try settings.set(name: "lr_scheduler_type", to: "cosine")
    try settings.set(name: "warmup_steps", to: "3")
    #expect(Schedule(settings, totalSteps: 9) == Schedule(.cosine, warmupSteps: 3, totalSteps: 9))
  }
}
