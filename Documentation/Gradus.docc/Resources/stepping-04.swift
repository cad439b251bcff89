import Debugging
import Simulation

var session = Session(source: .scenario(Scenario.builtIn[0]))
_ = session.run("break clipped")
_ = session.run("continue")
print(session.run("why logp[5,1]").text.plain)
