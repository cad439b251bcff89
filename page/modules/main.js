document.getElementById("source-name").textContent = JSON.parse(document.getElementById("gradus-config").textContent).source.name;
