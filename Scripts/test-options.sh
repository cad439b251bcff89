# How the tests are built and run; read by the scripts that do so. In a folder of their own, so that the builds of a
# developer stay what they are.
swift=${SWIFT:-swift}
test_options=(-c release -Xswiftc -enable-testing --enable-all-traits --scratch-path .build-tests)
