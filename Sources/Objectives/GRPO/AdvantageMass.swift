public import Autodiff

/// How much a batch pushes up and down within each group: the sums of its positive and of its negative advantages.
///
/// With the group's own mean as the baseline, the two sums are equally large; any other baseline tips the balance. Each
/// group is a beat of the stage `advantage-mass`.
public func recordAdvantageMass<O: Observer>(
  _ advantages: [Scalar], of responses: [GroupResponse], groupCount: Int, observer: O
) {
  let tape = observer.tape
  observer.begin(.advantageMass)
  for g in 0..<groupCount {
    observer.beat()
    let own = responses.indices.filter { responses[$0].group == g }.map { advantages[$0] }
    _ = observer.term(.positiveMass, g, tape.sum(own.map { maximum($0, tape.constant(0)) }))
    _ = observer.term(.negativeMass, g, tape.sum(own.map { minimum($0, tape.constant(0)) }))
  }
}
