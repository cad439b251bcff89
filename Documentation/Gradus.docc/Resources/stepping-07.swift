import Debugging
import Simulation

var session = Session(source: .scenario(Scenario.builtIn[0]))
_ = session.run("break clipped")
_ = session.run("continue")

_ = session.run("reset")
print(session.run("back").text.plain)

let reply = session.run("print rato[5,1]")
if reply.isError { print("Not understood:", reply.text.plain) }
