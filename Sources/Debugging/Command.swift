import Documents
import Plots
import Recording

/// The commands of the debugger, in the order in which `help` lists them.
enum Command: String, CaseIterable {
  case step, back, next, previous, `continue`
  case reverseContinue = "reverse-continue"
  case goto
  case `break`, delete, watch
  case print, `let`, explain, why, verify, doctor, list, `where`, show
  case set, reset, diff, vary
  case diagram, plot, trace, open, quiz, answer, help, quit

  struct Description {
    let short: [String]
    let usage: String
    let summary: String
    /// What `help COMMAND` adds.
    let detail: String
  }

  /// Whether an empty line repeats it.
  var repeats: Bool {
    switch self {
    case .step, .back, .next, .previous, .continue, .reverseContinue: true
    default: false
    }
  }

  var description: Description {
    switch self {
    case .step: row(["s"], "step [N]", "Go one beat forward, or N.", "An empty line repeats it. Example: step 5")
    case .back:
      row(
        ["b"], "back [N]", "Go one beat back, or N.",
        "Stepping back is exact: a run is recorded whole and then visited.")
    case .next:
      row(
        ["n"], "next [N]", "Go to the overview of the next stage.",
        "A stage is what belongs together: rollout, gae, clip, update … Its overview shows all of its rows at once; an empty line goes to the most telling one, and then on. Example: next 3"
      )
    case .previous:
      row(
        ["prev"], "previous [N]", "Go to the overview of the stage before.",
        "From within a stage, its own overview is the one before. Example: prev")
    case .continue:
      row(
        ["c"], "continue", "Run forward to a breakpoint or a watch that changes.",
        "Where none is set, to the next stage with something special: a clip that binds, a group without a spread, a chosen response that becomes less likely. Example: break clipped, then c"
      )
    case .reverseContinue:
      row(
        ["rc"], "reverse-continue", "The same backward.",
        "Example: break ratio > 1.2, then rc")
    case .goto:
      row(
        [], "goto POSITION", "Go to a beat, a minibatch or a stage.",
        "goto 120 is a beat, goto 1/0/1 iteration, epoch and minibatch, goto clip the next stage of that name, goto clip 1/0/1 or goto gae 0 that stage there; every place is taken as it is shown. A number by itself is always a beat: goto iteration 0. goto start, goto end."
      )
    case .break:
      row(
        [], "break [CONDITION]", "Stop where a condition holds; alone, list them.",
        "The condition is asked of the terms that a beat records: break ratio > 1.2, break clipped, break grad_norm > 1. `delete N` removes one."
      )
    case .delete: row([], "delete [N]", "Remove breakpoint or watch N, or all.", "Example: delete 1")
    case .watch:
      row(
        ["w"], "watch [EXPRESSION]", "Show an expression when it changes, old → new; `continue` stops there.",
        "Example: watch mean(ratio)")
    case .print:
      row(
        ["p"], "print EXPRESSION", "Print terms and what is computed from them.",
        "Terms, wildcards, + - * / ^, comparisons, mean max min sum count, abs exp log sqrt sigmoid softmax, min(…, …), max(…, …), grad(…), metric(…):\np ratio[0,*]   p mean(advantage)   p grad(logp[0,1])   p count(ratio > 1.2)\nTwo lists are combined where their indices are the same, or else where the wildcards stand for the same:\np sum(softmax(policy.logit[was,*]) * reward_model.weight[*])"
      )
    case .let:
      row(
        [], "let NAME = EXPRESSION", "Give an expression a name, to be used in others.",
        "let r = reward_model.weight[*], then p sum(prob_before[was,*] * r). Alone, it lists the names; `open` forgets them."
      )
    case .explain:
      row(
        ["e"], "explain TERM [latex]", "Show a term's formula, numbers, use and gradient.",
        "Example: explain ratio[0,1]. With latex at the end, the formula alone, to be copied.")
    case .why:
      row(
        [], "why TERM", "Show by which paths the loss reaches a term, and where they are cut.",
        "Example: why grad(policy.logit[was,great])")
    case .verify: row([], "verify TERM", "Show a finite difference beside the gradient.", "Example: verify logp[0,1]")
    case .doctor:
      row(
        [], "doctor [PUZZLE]", "Name the known puzzles that this run shows; with a name, tell of one.",
        "A loss of 0 with a gradient, groups without spread, a ratio that is not 1 at first, …\nExample: doctor flat-groups, which shows the numbers, why they are so, and what to do"
      )
    case .list: row(["l"], "list [all]", "List the beats of this stage; with all, the stages.", "Example: list all")
    case .where: row([], "where", "Say where you are, and show the responses.", "")
    case .show:
      row(
        [], "show WHAT", "Show a table: world, policy, rewards, advantages, tokens, options …",
        "Example: show world, which says what the run is about")
    case .set:
      row(
        [], "set NAME VALUE", "Change an option, or put a number in place of a term, and run again.",
        "set cliprange 0.1 changes an option (`help options` lists them), set score[1] 3 and set token[0,1] awful change one recorded number, as of here. `diff` shows what moved."
      )
    case .reset: row([], "reset", "Take back everything that was set.", "")
    case .diff: row([], "diff", "Show what moved since the start, first difference first.", "")
    case .vary:
      row(
        ["v"], "vary NAME=VALUES: EXPR, …", "Run with each combination of values, and show what comes out as a table.",
        "The numbers are those of here, or of the end if you are at the start; at=0/0/0,0/0/1 reads them there. `over` takes a mean. Options, preset and terms (score[1]=0,3) can be varied; what was set stays.\nExample: vary lam=0,0.95,1: gradient_cosine, max(ratio)\nExample: vary seed=1..8 cliprange=0.2,1000: exact_kl\nExample: vary kl_estimator=k1,k2 over seed=1..6: exact_kl"
      )
    case .diagram:
      row(
        [], "diagram WHAT [FILE]", "Draw pipeline, trajectories, policy, a stage or a term.",
        "The file's ending says how: svg, png, pdf or dot. Example: diagram clip clip.svg")
    case .plot:
      row(
        [], "plot WHAT [FILE]", "Plot curves with the run's own numbers on them: clip, kl, policy …",
        "Without a file it is drawn here; the file's ending says how: svg, png, pdf or txt.\n"
          + PlotKind.all.map { $0.name + ": " + $0.summary }.joined(separator: "\n"))
    case .trace:
      row(
        [], "trace [FILE]", "Write the recording as Markdown, or as JSON if FILE ends in .json.",
        "Example: trace trace.md")
    case .open:
      row(
        ["o"], "open SOURCE [OPTION=VALUE …]", "Begin anew with another scenario, or with a file.",
        "Example: open grpo beta=0.04 seed=2, or open ppo preset=trl")
    case .quiz: row([], "quiz", "Ask a question about a recorded number; answer VALUE answers it.", "")
    case .answer: row(["a"], "answer VALUE", "Answer the question of `quiz`.", "Example: answer 1.2")
    case .help:
      row(
        ["h", "?"], "help [TOPIC]", "Explain a command, an option, a term or a stage.",
        "help options and help terms list them. Example: help cliprange")
    case .quit: row(["q", "exit"], "quit", "Leave.", "")
    }
  }

  /// Commands that belong together, in lines of at most 80 columns, so that all of them fit on a screen.
  struct Group {
    let title: String
    let lines: [Line]
  }

  struct Line {
    let commands: [Command]
    let text: String

    /// The commands with what they must or may be given: `step, back [N]`.
    var usage: String {
      guard let last = commands.last else { return "" }
      // What `open` may be given besides is too long for a line.
      let usage = last.description.usage.split(separator: " ").prefix(last == .open ? 2 : 4).joined(separator: " ")
      return (commands.dropLast().map { $0.rawValue } + [usage]).joined(separator: ", ")
    }
  }

  static let groups: [Group] = [
    Group(
      title: "move",
      lines: [
        Line(commands: [.next, .previous], text: "to the overview of a stage, or of the last"),
        Line(commands: [.step, .back], text: "by beats, the smallest steps"),
        Line(commands: [.goto], text: "120, clip, clip 0/1/0, 1/0/0, start, end"),
        Line(commands: [.continue, .reverseContinue], text: "to a stop, or to what is special"),
      ]),
    Group(
      title: "stop",
      lines: [
        Line(commands: [.break], text: "where a condition holds: break clipped"),
        Line(commands: [.watch], text: "where an expression changes: watch loss"),
        Line(commands: [.delete], text: "the stop N, or all"),
      ]),
    Group(
      title: "look",
      lines: [
        Line(commands: [.where, .list], text: "the responses; the beats or stages around"),
        Line(commands: [.show], text: "a table: world, policy, advantages, pairs …"),
        Line(commands: [.let, .print], text: "terms and arithmetic: p mean(ratio)"),
      ]),
    Group(
      title: "ask",
      lines: [
        Line(commands: [.explain], text: "its formula, numbers, use and gradient"),
        Line(commands: [.why], text: "how the loss reaches it, and what cuts it"),
        Line(commands: [.verify], text: "a finite difference beside its gradient"),
        Line(commands: [.doctor], text: "the known puzzles that this run shows"),
        Line(commands: [.quiz, .answer], text: "a question about a recorded number"),
      ]),
    Group(
      title: "change",
      lines: [
        Line(commands: [.set], text: "an option or a number, and run again"),
        Line(commands: [.vary], text: "values side by side: vary lam=0,1: loss"),
        Line(commands: [.diff, .reset], text: "what has moved; take everything back"),
      ]),
    Group(
      title: "files",
      lines: [
        Line(commands: [.diagram, .plot], text: "a picture: pipeline, a stage; clip, kl …"),
        Line(commands: [.trace], text: "the recording as Markdown or JSON"),
        Line(commands: [.open], text: "another scenario, or a file"),
      ]),
    Group(title: "", lines: [Line(commands: [.quit, .help], text: "leave; more on a command, options, terms")]),
  ]

  private func row(_ short: [String], _ usage: String, _ summary: String, _ detail: String) -> Description {
    Description(short: short, usage: usage, summary: summary, detail: detail)
  }

  static func named(_ name: String) -> Command? {
    allCases.first { $0.rawValue == name || $0.description.short.contains(name) }
  }

  static func unknown(_ name: String) -> String {
    let near = nearestNames(to: name, among: allCases.map { $0.rawValue }, limit: 2)
    let hint = near.isEmpty ? "`help` lists them" : "did you mean \(near.joined(separator: " or "))?"
    return "there is no command \(name); \(hint)"
  }
}
