import Debugging
import Documents
import Simulation
import WebPage

/// What to look at first in a built-in scenario.
struct Sight {
  let hint: String
  let places: [Place]

  /// A place in a recording, perhaps with something changed, and how to get there in the debugger.
  ///
  /// The beat is found by running the commands, so that it stays right when recordings change.
  struct Place {
    let text: String
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
      return GalleryPage.Link(text, at: session.shownBeat, settings: settings, variant: variant)
    }
  }

  static let all: [String: Sight] = [
    "ppo": Sight(
      hint: "See where the clip cuts a token's gradient, and what the KL penalty takes from its reward.",
      places: [
        Place(text: "The first clipped token", commands: ["break clipped", "continue"]),
        Place(
          text: "A clip range of 0.05 clips sooner", settings: [("cliprange", "0.05")],
          commands: ["break clipped", "continue"]),
        Place(
          text: "Side by side with a policy that pays no KL penalty", variant: [("kl_coef", "0")],
          commands: ["goto 1/1/1 loss"]),
      ]),
    "dpo": Sight(
      hint: "The margin grows, and yet the chosen responses can become less likely: look at the log-ratios.",
      places: [
        Place(
          text: "A chosen response has become less likely", commands: ["break chosen_log_ratio < -0.05", "continue"]),
        Place(
          text: "Side by side: the sigmoid loss and IPO", variant: [("loss_type", "ipo")], commands: ["goto 0/9/1 loss"]
        ),
      ]),
    "remax": Sight(
      hint: "The baseline is what the policy's likeliest review earns: see which samples beat it.",
      places: [
        Place(text: "The likeliest review, and what it earns", commands: ["goto greedy", "next", "back"]),
        Place(text: "Side by side with a smaller step", variant: [("learning_rate", "0.2")], commands: ["goto end"]),
      ]),
    "kto": Sight(
      hint: "Each response stands alone: see how far it leads the reference point, and what it is worth then.",
      places: [
        Place(text: "What a response is worth in the first step", commands: ["goto human-value"]),
        Place(
          text: "Side by side: undesirable responses weigh half", variant: [("undesirable_weight", "0.5")],
          commands: ["goto end"]),
      ]),
    "sft": Sight(
      hint:
        "The loss is minus the mean log-probability of the demonstrations' tokens: watch it fall towards what no model can predict.",
      places: [
        Place(text: "The loss of the first step", commands: ["goto loss"]),
        Place(text: "How often it is right in the end", commands: ["goto end"]),
      ]),
    "reward-model": Sight(
      hint: "Bradley-Terry: only differences of scores are learned. See which words earn them.",
      places: [
        Place(text: "The loss of the first step", commands: ["goto loss"]),
        Place(text: "How well it ranks in the end", commands: ["goto end"]),
      ]),
    "grpo": Sight(
      hint:
        "An answer is compared with the others to its prompt. Where all are right, or all wrong, nothing is learned.",
      places: [
        Place(text: "A group that teaches nothing", commands: ["break group_std == 0", "continue"]),
        Place(
          text: "Side by side with advantages that are not divided by the spread", variant: [("scale_rewards", "none")],
          commands: ["break group_std > 0", "continue", "goto advantage", "step 5"]),
        Place(text: "The first clipped token", commands: ["break clipped", "continue"]),
      ]),
    "grpo-user-groups": Sight(
      hint:
        "Readers of different tastes: whom does the one policy serve, and what does a baseline of each group change?",
      places: [
        Place(text: "The first group: rewards against their mean", commands: ["goto group"]),
        Place(text: "How well it serves them in the end", commands: ["goto end"]),
      ]),
    "ppo-classic": Sight(
      hint: "A walker in the mountains: returns, values and GAE over paths of several steps.",
      places: [
        Place(text: "Advantages from the critic's errors", commands: ["goto gae"]),
        Place(
          text: "Side by side with λ = 0: one step's error alone", variant: [("lam", "0")],
          commands: ["goto oracle", "previous"]),
        Place(text: "The first clipped step", commands: ["break clipped", "continue"]),
      ]),
    "reinforce": Sight(
      hint: "One step of the plain policy gradient can ruin a policy: raise the learning rate and see.",
      places: [
        Place(text: "What the policy is worth before the first step", commands: ["goto 0 oracle"]),
        Place(
          text: "Over the cliff: a learning rate of 100", settings: [("learning_rate", "100")],
          commands: ["goto 2/0/0 loss"]),
      ]),
  ]
}
