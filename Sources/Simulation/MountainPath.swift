extension DecisionProcess {
  /// A way to a mountain hut: short over a ledge above a gorge, or long through the valley.
  ///
  /// Every step costs, so that resting does not help; climbing is quick and slippery. An aimless walker is often cut off by
  /// the step limit, far from any end.
  public static let mountainPath: DecisionProcess = {
    let (camp, valley, forest, ledge, hut, gorge) = (0, 1, 2, 3, 4, 5)
    func step(_ next: Int, _ probability: Double, _ reward: Double = -0.1) -> Outcome {
      Outcome(next: next, probability: probability, reward: reward)
    }
    return DecisionProcess(
      states: ["camp", "valley", "forest", "ledge"],
      terminals: ["hut", "gorge"],
      actions: ["climb", "walk", "rest"],
      outcomes: [
        [[step(ledge, 0.8), step(camp, 0.2)], [step(valley, 1)], [step(camp, 1)]],
        [[step(ledge, 0.5), step(valley, 0.5)], [step(forest, 0.9), step(camp, 0.1)], [step(valley, 1)]],
        [[step(ledge, 0.3), step(forest, 0.7)], [step(hut, 0.8, 1), step(valley, 0.2)], [step(forest, 1)]],
        [[step(hut, 0.6, 1), step(gorge, 0.4, -1)], [step(camp, 0.9), step(gorge, 0.1, -1)], [step(ledge, 1)]],
      ],
      starts: [camp], stepLimit: 8)
  }()
}
