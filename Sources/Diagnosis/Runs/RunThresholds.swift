/// The numbers by which the doctor decides, each once. The zoo (`Tests/Zoo`) chose them on some seeds and measured them on others.
enum RunThresholds {
  /// A change counts if it is more than so many of its standard errors.
  static let sigmas = 4.0
  /// A reward that collapsed, which is sought at each step of a noisy curve; one that fell while the sum rose; one that rose.
  static let collapseSigmas = 6.0
  static let splitSigmas = 5.0
  static let risenSigmas = 2.0
  /// Values that a curve must have before anything is said of its course.
  static let fewest = 8
  /// Rows that it takes where a value never changes, if they stand for as many steps as that.
  static let fewestConstants = 3
  /// A share that is as good as all, and at every step.
  static let nearlyAll = 0.9
  /// Values of a reward that must be there before it is called flat, where the length of the run is not known.
  static let fewestOfUnknownRun = 96
  /// Evaluations that must have been made.
  static let fewestEvaluations = 4
  /// So many evaluations are believed even where the steps' values do not say the same.
  static let sureEvaluations = 6

  /// Gradients that overflow in a row, or in more than this share of at least so many steps: no loss scaler tries so much.
  static let scalerRow = 3
  static let scalerShare = 0.2
  static let scalerSteps = 20

  /// The logarithms of the smallest and the largest vocabulary that language models have, nearly: 8,000 and 300,000 tokens.
  static let vocabularies = 9.0...12.6
  /// A loss of which a window lies above this many times its first value has diverged.
  static let lossAboveBest = 1.25
  /// A gradient this many times longer than it used to be.
  static let gradientGrowth = 10.0
  /// How unlikely by chance the gradients of 0 are that a run has at its end, over all its steps.
  static let zerosByChance = 0.001
  /// A single gradient this many times the median of those before it, and the longest of nine in ten; of all steps, the share
  /// that such gradients are at most.
  static let gradientSpike = 100.0
  static let gradientSpikeAboveUsual = 20.0
  static let gradientSpikeShare = 0.05
  /// A single loss this many times the median of those around it.
  static let spike = 3.0
  /// And this many times the highest of its neighbours, which a noisy loss does not reach.
  static let spikeAboveNext = 1.8

  /// A mean score of a reward model that is far from 0.
  static let scoresFar = 10.0

  /// Of a reward's range, the share that it lost since its best.
  static let rewardLost = 0.5
  /// Values that a part of the reward has at least before it is said never to be earned: a hard one may take a while.
  static let fewestUnearned = 16
  /// Of what a part of the reward began with, what is left where it is gone.
  static let partLeft = 0.1
  /// Of the spread of a held-out score, the share that it fell below its best.
  static let judgedLost = 0.3
  /// Of the entropy at the beginning, what is left after a collapse; and the nats below which nothing varies.
  static let entropyLeft = 0.25
  static let entropyFloor = 0.1
  /// How many times the entropy at the beginning is too much.
  static let entropyGrowth = 1.5
  /// The nats of a policy that chooses among a dozen tokens each time: on its way to any.
  static let anyToken = 2.5
  /// What the KL per token, or per response, and the margin of implicit rewards are at most before the first update: in half
  /// precision a token's log-probability is right to about 0.01, and over a batch that is hardly ever so much.
  static let firstKLPerToken = 0.05
  static let firstKLPerResponse = 1.0
  static let firstMargin = 0.5
  /// A KL per token, or per response, that is far.
  static let klPerToken = 0.5
  static let klPerResponse = 10.0
  /// A single KL that has exploded: so many times what is far, and so many times the curve's median.
  static let klSpike = 20.0
  static let klSpikeAboveMedian = 100.0
  /// A penalty for the KL that is so many times as large as what is rewarded.
  static let rulingPenalty = 5.0
  /// How many times its first value a coefficient has become, or what fraction.
  static let coefficientGrowth = 10.0
  /// A step's KL from the policy that sampled.
  static let stepKL = 0.1
  /// The share of tokens whose objective the clip holds.
  static let clipAlways = 0.25
  static let clipNever = 0.0
  /// The share of groups that teach nothing.
  static let deadGroups = 0.6
  /// The share of answers that are cut off.
  static let truncated = 0.3
  /// How many times longer, or shorter, answers have become.
  static let lengthGrowth = 1.8
  /// The mean difference of log-probabilities, that of probabilities, which is smaller, the KL and the distance of the mean ratio
  /// from 1 between two engines.
  static let samplerDifference = 0.1
  static let samplerProbability = 0.05
  static let samplerKL = 0.01
  static let samplerRatio = 0.1
  /// The share of variance below which a critic explains nothing.
  static let explained = 0.1
  /// Of a held-out loss's fall, or an accuracy's height, what was lost since its best.
  static let evaluationLost = 0.25
  /// A learning rate that changed by this factor between two rows.
  static let rateJump = 3.0
  /// A level that shifted at a resume, in standard errors of a window's median.
  static let levelJump = 6.0
  /// Of the way that a curve had come, what is left where it is back at its beginning.
  static let wayLeft = 0.25
  /// What a loss must have moved, relative to its beginning, to be moving at all.
  static let lossMoved = 0.02
  /// The share of the run's steps after which it should have moved.
  static let patience = 0.2
  /// A step's KL at which a clip of the usual width holds some tokens.
  static let unclippedKL = 0.02
  /// By how many times the difference to the sampler may grow.
  static let samplerGrowth = 3.0
  /// The correlation from which a reward follows the length.
  static let lengthCorrelation = 0.5
  /// A held-out loss that rose by so many standard errors of a window's median, an accuracy that lost so much.
  static let evaluationSigmas = 4.0
  static let accuracyLost = 0.1
  /// A margin that was learned, and the share of it that held-out pairs have at least.
  static let marginLearned = 2.0
  static let marginBehind = 0.2
  /// By how much a held-out margin has fallen.
  static let marginLost = 0.5
  /// The share of values whose clip leaves a critic no gradient.
  static let valueClipped = 0.4
  /// The share of gaps between steps that are alike in a regular log.
  static let regular = 0.7
  /// The share of a run that may pass at a learning rate of 0.
  static let idle = 0.1
  /// How far, relatively, a loss may be from that of a model that prefers nothing.
  static let indifferent = 0.03
  /// What is left of a gradient that has vanished.
  static let vanished = 0.001
  /// A margin of rewards that is as good as none.
  static let marginMoved = 0.05
  /// The share of its log-probability that the chosen answer lost.
  static let chosenLost = 0.5
}
