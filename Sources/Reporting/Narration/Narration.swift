import Autodiff
import Formulas
import Objectives
public import Recording
import Simulation

/// One sentence on every beat, made from what was recorded in it.
///
/// Nothing is repeated from the code that computed the numbers: which side of a minimum was taken, whether a gradient passes
/// and what a term was multiplied by are read off the tape.
public enum Narration {
  /// What happens in a beat: «Ratio 1.35 is above 1.2 and the advantage 0.8 is positive: the clipped objective 0.96 is
  /// the smaller one, and no gradient passes.»
  public static func sentence(for beat: Int, in trace: Trace) -> String {
    let narrator = Narrator(trace: trace, beat: beat)
    return (narrator.sentence ?? narrator.list) + narrator.whatIfs
  }
}

extension Narrator {
  fileprivate var sentence: String? {
    let name = trace.stage(ofBeat: beat).name
    guard let stage = Stage.allCases.first(where: { $0.name == name }) else { return nil }
    return switch stage {
    case .supervised: supervised
    case .rewardModel: rewardModel
    case .rollout: rollout
    case .reference: reference
    case .score: score
    case .klPenalty: klPenalty
    case .values: values
    case .gae: gae
    case .whiten: whiten
    case .policy: policy
    case .ratio: ratio
    case .clip: clip
    case .valueLoss: valueLoss
    case .entropy: entropy
    case .klLoss: klLoss
    case .loss: loss
    case .gradient: gradient
    case .update: update
    case .sync: sync
    case .adaptiveKL: adaptiveKL
    case .adaptiveEntropy: adaptiveEntropy
    case .oracle: oracle
    case .metrics: metrics
    case .logRatio: responseLogRatio ?? logRatio
    case .margin: margin
    case .pairLoss: pairLoss
    case .pairWeight: pairWeight
    case .referenceSync: referenceSync
    case .preference: preference
    case .mismatch: mismatch
    case .referencePoint: referencePoint
    case .humanValue: humanValue
    case .effect: changedProbability
    case .returns: returns
    case .greedy: greedy
    case .teaching: teaching
    case .teacherSync: teacherSync
    case .teacher: teacher
    case .divergence: divergence
    case .policyGradient: policyGradient
    case .dynamicSampling: dynamicSampling
    case .sampler: sampler
    case .likes: likes
    case .rewards: rewards
    case .groups: groups
    case .advantage: teacherAdvantage ?? returnAdvantage ?? advantage
    case .advantageMass: advantageMass
    case .mask: mask
    case .userGroups: userGroups
    case .objective: teacherObjective ?? objective
    }
  }

  /// The terms themselves, each with what its name means where that comes first.
  fileprivate var list: String {
    var told: Set<Int> = []
    let texts = terms.map { term in
      let name = key(term).name
      let isNew = told.insert(name).inserted && trace.quantity(of: term) != .metric
      return trace.text(term) + " = " + trace.valueText(of: term, as: .unicode)
        + (isNew ? ", " + trace.glossary.entries[name].meaning : "")
    }
    return texts.joined(separator: told.count == 1 ? ", " : "; ") + "."
  }

  /// A sentence for each number that was put in place of a computed one.
  fileprivate var whatIfs: String {
    var text = ""
    for term in terms {
      guard let computed = trace.terms[term].computedNode else { continue }
      let value = trace.tape.scalar(computed).value
      let word = trace.glossary.valueText(of: trace.terms[term].key.name, value) ?? number(value)
      text +=
        " What if: \(trace.text(term)) is set to \(trace.valueText(of: term, as: .unicode)) instead of \(word)."
    }
    return text
  }
}
