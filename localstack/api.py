"""A client of the Kubernetes API in the standard library: requests on one kept connection, lists and watches."""

import base64
import http.client
import json
import pathlib
import ssl
import time
import urllib.parse

MERGE = "application/merge-patch+json"


class Refused(Exception):
    """The API server answered with an error."""

    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")
        self.code = code


class Api:
    """One connection; each thread needs its own."""

    def __init__(self, kubeconfig, agent):
        config = json.loads(pathlib.Path(kubeconfig).read_text(encoding="utf-8"))
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self._address = urllib.parse.urlsplit(cluster["server"])
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode("ascii")
        self._tls = ssl.create_default_context(cadata=authority)
        self._headers = {"Authorization": f"Bearer {user['token']}", "User-Agent": agent}
        self._connection = None

    def _connect(self, timeout=30):
        address = self._address
        return http.client.HTTPSConnection(address.hostname, address.port, timeout=timeout, context=self._tls)

    def request(self, method, path, body=None, content_type="application/json"):
        """The decoded answer. An idle connection that the server closed is opened again, once."""
        data = None if body is None else json.dumps(body)
        for attempt in (1, 2):
            self._connection = self._connection or self._connect()
            try:
                self._connection.request(method, path, data, {**self._headers, "Content-Type": content_type})
                response = self._connection.getresponse()
                text = response.read()
                break
            except (OSError, http.client.HTTPException):
                self._connection.close()
                self._connection = None
                if attempt == 2:
                    raise
        if response.status >= 400:
            raise Refused(response.status, text.decode("utf-8", "replace")[:300])
        return json.loads(text)

    def get(self, path):
        return self.request("GET", path)

    def create(self, path, body):
        return self.request("POST", path, body)

    def merge(self, path, body):
        return self.request("PATCH", path, body, MERGE)

    def delete(self, path, body=None):
        return self.request("DELETE", path, body)

    def follow(self, path):
        """All objects of a kind, then every change, for ever: (`ADDED`/`MODIFIED`/`DELETED`, object)."""
        version = None
        while True:
            try:
                if version is None:
                    found = self.get(path)
                    version = found["metadata"]["resourceVersion"]
                    yield from (("ADDED", item) for item in found["items"])
                for kind, item in self._watch(path, version):
                    version = item["metadata"]["resourceVersion"]
                    if kind != "BOOKMARK":
                        yield kind, item
            except Refused:
                version = None  # too old: from the beginning
                time.sleep(0.2)
            except (OSError, http.client.HTTPException, ValueError):  # cut off, perhaps in the middle of a line
                time.sleep(0.2)

    def _watch(self, path, version):
        query = f"?watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion={version}"
        connection = self._connect(timeout=330)
        try:
            connection.request("GET", path + query, headers=self._headers)
            response = connection.getresponse()
            if response.status >= 400:
                raise Refused(response.status, response.read().decode("utf-8", "replace")[:300])
            while line := response.readline():
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise Refused(event["object"].get("code", 410), event["object"].get("message", ""))
                yield event["type"], event["object"]
        finally:
            connection.close()
