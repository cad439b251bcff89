import Debugging
import Simulation

var session = Session(source: .scenario(Scenario.builtIn[0]))
_ = session.run("break clipped")
_ = session.run("continue")

let largest = try session.number("max(ratio)")
let slope = try session.number("grad(logp[5,1])")
print("The largest ratio is \(largest), and that token's gradient \(slope).")
