from flask import Flask

app = Flask(__name__)


@app.route("/")
def mainpage():
    return "Hello Joe Bloggs!\n"


if __name__ == "__main__":
    app.run(host="0.0.0.0")
