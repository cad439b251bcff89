import Debugging
import Simulation

var session = Session(source: .scenario(Scenario.builtIn[0]))
print(session.trace.beats.count, "beats of", session.source.title)
