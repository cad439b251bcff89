import Debugging
import Documents
import Reporting
import Simulation
import WebPage

/// What to look at first in a built-in scenario.
struct Sight {
  /// What the algorithm does, in words that anybody knows.
  let plainWord: String
  let hint: String
  let places: [Place]

  /// The links to its places.
  func links(in source: Source, hasEngine: Bool) throws -> [GalleryPage.Link] {
    try places.filter { hasEngine || $0.needsNoEngine }.map { try $0.link(in: source) }
  }

  /// A place in a recording, perhaps with something changed, and how to get there in the debugger.
  ///
  /// The beat is found by running the commands, so that it stays right when recordings change.
  struct Place {
    let text: String
    /// What the text claims, as an expression that is not 0 there; nil where it only names a place.
    var claim: String?
    /// The plot to look at; nil for the source's own.
    var picture: String?
    var settings: [PageConfiguration.Setting] = []
    var variant: [PageConfiguration.Setting] = []
    let commands: [String]

    /// Whether a page that only steps through its recording can show it.
    var needsNoEngine: Bool { settings.isEmpty && variant.isEmpty }

    func link(in source: Source) throws -> GalleryPage.Link {
      var source = source
      try source.change(settings.map { Assignment($0.name, $0.value) })
      // So that an impossible place is an error now, and not on the page.
      var other = source
      try other.change(variant.map { Assignment($0.name, $0.value) })
      var session = Session(source: source)
      for command in commands {
        let reply = session.run(command)
        if reply.isError { throw CommandError(.usage, "\(source.name), \(command): \(reply.text.plain)") }
      }
      if let claim { try check(claim, in: session) }
      return GalleryPage.Link(
        text, at: session.shownBeat, settings: settings, variant: variant, picture: picture)
    }

    private func check(_ claim: String, in session: Session) throws {
      do throws(ExpressionError) {
        if try session.number(claim) == 0 {
          throw ExpressionError("\(claim) does not hold at beat \(session.shownBeat)")
        }
      } catch {
        throw CommandError(.badData, "\(text): \(error.message)")
      }
    }
  }

  static let all: [String: Sight] = [
    "ppo": Sight(
      plainWord: "learn from a score, in steps that are held back",
      hint: "See where the clip cuts a token's gradient, and what the KL penalty takes from its reward.",
      places: [
        Place(text: "The first clipped token", commands: ["break clipped", "continue"]),
        Place(
          text: "The first clipped token with a clip range of 0.05", settings: [("cliprange", "0.05")],
          commands: ["break clipped", "continue"]),
        Place(
          text: "No KL penalty: the score soars, and no review ends",
          claim: "(mean(score[*]) > 3) * (max(token[*,*]) < 7)", picture: "progress",
          settings: [("num_total_batches", "20"), ("num_ppo_epochs", "4"), ("kl_coef", "0")],
          commands: ["goto 19 score"]),
        Place(
          text: "Side by side with a policy that pays no KL penalty", variant: [("kl_coef", "0")],
          commands: ["goto 1/1/1 loss"]),
      ]),
    "dpo": Sight(
      plainWord: "learn straight from pairs: rather this than that",
      hint: "The margin grows, and yet the chosen responses can become less likely: look at the log-ratios.",
      places: [
        Place(
          text: "A chosen response has become less likely", claim: "min(chosen_log_ratio[*]) < -0.05",
          commands: ["break chosen_log_ratio < -0.05", "continue"]),
        Place(
          text: "Side by side: the sigmoid loss and IPO", variant: [("loss_type", "ipo")], commands: ["goto 0/9/1 loss"]
        ),
      ]),
    "online-dpo": Sight(
      plainWord: "write two, keep the better one, and write again",
      hint: "The pairs are the policy's own: see which of the two a reward model prefers, and what happens to ties.",
      places: [
        Place(text: "Which response counts as chosen", commands: ["goto preference"]),
        Place(
          text: "Two equal responses: the pair teaches nothing",
          claim: "min(abs(scores_margin[*])) == 0", commands: ["break scores_margin == 0", "continue"]),
        Place(text: "Side by side: the sigmoid loss and IPO", variant: [("loss_type", "ipo")], commands: ["goto end"]),
      ]),
    "remax": Sight(
      plainWord: "beat your own best guess",
      hint: "The baseline is what the policy's greedy review earns: see which samples beat it.",
      places: [
        Place(text: "The greedy review, and what it earns", commands: ["goto greedy", "next", "back"]),
        Place(text: "Side by side with a smaller step", variant: [("learning_rate", "0.2")], commands: ["goto end"]),
      ]),
    "distill": Sight(
      plainWord: "be told at every word what a better writer would do",
      hint: "There is no reward: at each token the policy is drawn to the teacher. See where the two differ most.",
      places: [
        Place(text: "What the teacher makes of the first response", commands: ["goto teacher"]),
        Place(
          text: "Side by side: one token's policy gradient and whole distributions",
          variant: [("distillation_mode", "sampled_token")], commands: ["goto 0/0/0 loss"]),
        Place(text: "Side by side with the forward KL", variant: [("beta", "0")], commands: ["goto end"]),
      ]),
    "distill-self": Sight(
      plainWord: "teach yourself, with the solution in sight",
      hint: "The teacher is the policy as it began, and sees the answer: watch that become what it knows without it.",
      places: [
        Place(text: "The policy with the solution before the prompt", commands: ["goto teaching"]),
        Place(text: "What the sums are in the end", commands: ["goto end"]),
      ]),
    "kto": Sight(
      plainWord: "learn from thumbs up and thumbs down",
      hint: "Each response stands alone: see how far it leads the reference point, and what it is worth then.",
      places: [
        Place(text: "What a response is worth in the first step", commands: ["goto human-value"]),
        Place(
          text: "Side by side: undesirable responses weigh half", variant: [("undesirable_weight", "0.5")],
          commands: ["goto end"]),
      ]),
    "sft": Sight(
      plainWord: "imitate good examples",
      hint:
        "The loss is minus the mean log-probability of the demonstrations' tokens: watch it fall towards what no model can predict.",
      places: [
        Place(text: "The loss of the first step", commands: ["goto loss"]),
        Place(text: "How often it is right in the end", commands: ["goto end"]),
      ]),
    "reward-model": Sight(
      plainWord: "learn to score from what people chose",
      hint: "Bradley-Terry: only differences of scores are learned. See which words earn them.",
      places: [
        Place(text: "The loss of the first step", commands: ["goto loss"]),
        Place(text: "How well it ranks in the end", commands: ["goto end"]),
      ]),
    "grpo": Sight(
      plainWord: "try several answers, keep what beats the average",
      hint:
        "An answer is compared with the others to its prompt. Where all are right, or all wrong, nothing is learned.",
      places: [
        Place(
          text: "Every answer right: nothing to learn", claim: "(group_std[0] == 0) * (group_mean[0] == 1)",
          picture: "group", commands: ["break group_std == 0", "continue"]),
        Place(
          text: "Side by side with advantages that are not divided by the spread", variant: [("scale_rewards", "none")],
          commands: ["break group_std > 0", "continue", "goto advantage", "step 5"]),
        Place(text: "The first clipped token", commands: ["break clipped", "continue"]),
      ]),
    "grpo-user-groups": Sight(
      plainWord: "the same, for readers who disagree",
      hint:
        "Readers of different tastes: whom does the one policy serve, and what does a baseline of each group change?",
      places: [
        Place(text: "The first group: rewards against their mean", commands: ["goto group"]),
        Place(text: "How well it serves them in the end", commands: ["goto end"]),
      ]),
    "ppo-classic": Sight(
      plainWord: "trial and error in a small game",
      hint: "A walker in the mountains: returns, values and GAE over paths of several steps.",
      places: [
        Place(text: "Advantages from the critic's errors", commands: ["goto gae"]),
        Place(
          text: "Side by side with λ = 0: one step's error alone", variant: [("lam", "0")],
          commands: ["goto oracle", "previous"]),
        Place(text: "The first clipped step", commands: ["break clipped", "continue"]),
      ]),
    "reinforce": Sight(
      plainWord: "more of whatever paid off",
      hint: "One step of the plain policy gradient can ruin a policy: raise the learning rate and see.",
      places: [
        Place(text: "What the policy is worth before the first step", commands: ["goto 0 oracle"]),
        Place(
          text: "Over the cliff: a learning rate of 100", settings: [("learning_rate", "100")],
          commands: ["goto 2/0/0 loss"]),
      ]),
  ]
}
