import Debugging
import Simulation

var session = Session(source: .scenario(Scenario.builtIn[0]))
_ = session.run("break clipped")
print(session.run("continue").text.plain)
