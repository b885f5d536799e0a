"""LitServe with scikit-learn. MODEL is the .joblib file, PORT the port."""

import os

import joblib
import litserve as ls
import pandas as pd


class Churn(ls.LitAPI):
    def setup(self, device):
        self.model = joblib.load(os.environ["MODEL"])

    def decode_request(self, request):
        return pd.DataFrame([request])

    def predict(self, rows):
        return self.model.predict_proba(rows)[0]

    def encode_response(self, output):
        return {"prediction": int(output.argmax()), "probabilities": output.tolist()}


if __name__ == "__main__":
    server = ls.LitServer(Churn(), accelerator="cpu")
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), num_api_servers=1, generate_client_file=False)
