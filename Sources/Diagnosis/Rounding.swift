/// Two computations of the same log-probabilities: whether they differ by no more than numbers are rounded to.
///
/// In half precision a logit of 16 is right to 0.06, so that most tokens are the same to the last bit and a few are not: scored in
/// another batch, padded otherwise or by another engine, they differ by 0.01 on average, now up and now down. A temperature in one
/// of the two alone moves likely tokens one way and unlikely ones the other; dropout and wrong positions move all of them further.
struct Rounding {
  /// The mean of the differences, its standard error, and the mean of their magnitudes.
  let shift, error, size: Double

  /// Nil where the differences are too large for it, go one way, or follow the log-probabilities; and of too few to tell.
  init?(_ logps: [Double], _ others: [Double]) {
    guard logps.count >= 24, logps.count == others.count else { return nil }
    let differences = zip(logps, others).map { $0 - $1 }
    shift = mean(differences)
    size = mean(differences.map { $0.magnitude })
    error = standardError(differences)
    let together = pearson(differences, others) ?? 0
    // A bfloat16 between 2 and 4 has a step of 1/64.
    guard size <= 1.0 / 64, largest(differences) <= 0.5, shift.magnitude <= 4 * error + 1e-3,
      together.magnitude <= max(0.2, min(0.7, 4 / Double(logps.count).squareRoot()))
    else { return nil }
  }
}
