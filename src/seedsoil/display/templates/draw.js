const options = {renderer: "svg", actions: false};
for (const [name, chart] of Object.entries(charts)) {
  vegaEmbed("#" + name + "-chart", chart, options).catch((error) => {
    document.getElementById(name + "-chart").textContent =
      "This chart could not be drawn: " + error.message;
  });
}
