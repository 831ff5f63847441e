"""
Credentials of every kind that Boxwright knows, made up in every run, and images to hide them in.

None is written down anywhere: each is put together from what its issuer documents (a prefix, a
length, an alphabet) and letters by chance.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import importlib.util
import io
import json
import lzma
import marshal
import random
import string
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tests.scan.images import (
    PLAIN,
    Entry,
    MadeLayer,
    Whiteout,
    directory,
    file,
    image,
    layer,
    step,
    tar_of,
    whiteout,
)

from boxwright.oci.config import Healthcheck
from boxwright.scan.inspected import Inspected, Step
from boxwright.scan.layer_index import LayerIndex
from boxwright.scan.layer_pass import index_layer
from boxwright.scan.lookers import make_lookers

LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
WORD = LOWER + UPPER + DIGITS
URL_SAFE = WORD + "_-"
BASE64 = WORD + "+/"


class Maker:
    """Makes up credentials; by one seed always the same."""

    def __init__(self, seed: int = 5) -> None:
        self._random = random.Random(seed)  # noqa: S311 (made-up credentials)

    def of(self, alphabet: str, length: int) -> str:
        """Return letters of *alphabet*, a small one, a large one and a digit among the first."""
        sorts = [set(alphabet) & set(sort) for sort in (LOWER, UPPER, DIGITS)]
        first = [self._random.choice(sorted(sort)) for sort in sorts if sort]
        rest = [self._random.choice(alphabet) for _ in range(length - len(first))]
        return "".join(first + rest)

    def word(self, length: int) -> str:
        return self.of(WORD, length)

    def url_safe(self, length: int) -> str:
        return self.of(URL_SAFE, length - 1) + self.of(WORD, 3)[0]

    def hex(self, length: int) -> str:
        return self.of(DIGITS + "abcdef", length)

    def digits(self, length: int) -> str:
        return self.of("123456789", 1) + self.of(DIGITS, length - 1)

    def uuid(self) -> str:
        return "-".join(self.hex(length) for length in (8, 4, 4, 4, 12))

    def base64(self, length: int) -> str:
        return self.of(BASE64, length)

    def json64(self, **values: str) -> str:
        text = json.dumps(values, separators=(",", ":")).encode()
        return base64.b64encode(text).decode().rstrip("=")

    def pem(self, label: str, start: str = "MII", headers: str = "") -> str:
        """Return a private key; *label* may have words before its `PRIVATE KEY`."""
        body = start + self.base64(640 - len(start))
        lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
        return f"-----BEGIN {label}-----\n{headers}{lines}\n-----END {label}-----\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A credential and the text that it stands in."""

    kind: str
    text: str
    file: str = "settings.py"
    """The name of the file that it is looked for in."""
    name: str = ""
    """Of the variable that has it, where that matters."""
    value: str = ""
    """The credential as a variable would have it; empty where it takes a file."""
    is_token: bool = False
    """Whether it is known wherever it stands."""
    certain: bool = True


def _token(kind: str, value: str, *, is_token: bool = True) -> Planted:
    return Planted(kind=kind, text=f'KEEP = "{value}"\n', value=value, is_token=is_token)


def _named(kind: str, name: str, value: str) -> Planted:
    return Planted(kind=kind, text=f'{name} = "{value}"\n', name=name, value=value)


def _in_file(kind: str, file: str, text: str) -> Planted:
    return Planted(kind=kind, text=text, file=file)


PRIVATE = "PRIVATE" + " KEY"


def samples(make: Maker) -> Iterator[Planted]:
    """Yield a new credential of every kind and way."""
    key = make.pem(PRIVATE)
    yield _in_file(
        "a Google service account key",
        "key.json",
        json.dumps({"private_key": key, "client_email": "a@b.iam.gserviceaccount.com"}, indent=2),
    )
    yield _in_file("an encrypted private key", "a.pem", make.pem(f"ENCRYPTED {PRIVATE}"))
    headers = f"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,{make.hex(32).upper()}\n\n"
    yield _in_file("an encrypted private key", "b.pem", make.pem(f"RSA {PRIVATE}", headers=headers))
    magic = base64.b64encode(b"openssh-key-v1\0\0\0\0\x0aaes256-ctr\0").decode()
    yield _in_file(
        "an encrypted private key", "id_rsa", make.pem(f"OPENSSH {PRIVATE}", start=magic)
    )
    for cipher, kind in (("aes256-cbc", "an encrypted private key"), ("none", "a private key")):
        text = f"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: {cipher}\nComment: me\n"
        text += f"Public-Lines: 1\n{make.base64(64)}\nPrivate-Lines: 1\n{make.base64(64)}\n"
        yield _in_file(kind, "key.ppk", text)
    magic = base64.b64encode(b"openssh-key-v1\0\0\0\0\x04none\0\0").decode()
    yield _in_file("a private key", "id_ed25519", make.pem(f"OPENSSH {PRIVATE}", start=magic))
    for label in (PRIVATE, f"RSA {PRIVATE}", f"EC {PRIVATE}", f"PGP {PRIVATE} BLOCK"):
        yield _in_file("a private key", "server.key", make.pem(label))
    yield _in_file("a private key", "a.py", f"KEY = {make.pem(PRIVATE)!r}\n")
    encoded = base64.b64encode(make.pem(f"RSA {PRIVATE}").encode()).decode()
    yield _in_file("a private key in base 64", "kubeconfig", f"    client-key-data: {encoded}\n")
    yield _token("an age key", "AGE-SECRET-KEY-1" + make.of(UPPER + DIGITS, 58))
    text = f"[Interface]\nPrivateKey = {make.base64(43)}=\n[Peer]\nAllowedIPs = 10.0.0.0/8\n"
    yield _in_file("a WireGuard key", "wg0.conf", text)
    # Clouds
    for prefix in ("AKIA", "ASIA"):
        yield _token("an AWS access key", prefix + make.of(UPPER + "234567", 16))
    yield _named("an AWS secret key", "AWS_SECRET_ACCESS_KEY", make.base64(40))
    yield _in_file("an AWS secret key", "c.json", f'{{"SecretAccessKey": "{make.base64(40)}"}}\n')
    yield _named("an AWS session token", "AWS_SESSION_TOKEN", "IQoJ" + make.base64(300))
    yield _token("an Amazon Bedrock key", "ABSK" + "QmVkcm9ja0FQSUtleS" + make.word(110))
    yield _token("a Google API key", "AIza" + make.url_safe(35))
    yield _token("a Google OAuth client secret", "GOCSPX-" + make.url_safe(28))
    yield _token("a Google access token", "ya29." + make.url_safe(160))
    yield _token("a Google refresh token", "1//0" + make.url_safe(60), is_token=False)
    account = f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={make.base64(86)}=="
    yield _token("an Azure storage key", account, is_token=False)
    account = f"Endpoint=sb://a.net/;SharedAccessKeyName=r;SharedAccessKey={make.base64(43)}="
    yield _token("an Azure shared access key", account, is_token=False)
    signature = f"https://a.blob.core.windows.net/m?sv=2026-01-01&sp=r&sig={make.word(43)}%3D"
    yield _token("an Azure shared access signature", signature, is_token=False)
    yield _token("an Azure client secret", make.word(3) + "8Q~" + make.url_safe(34), is_token=False)
    yield _token("an Azure DevOps token", make.word(76) + "AZDO" + make.word(4))
    yield _named("an Azure DevOps token", "AZURE_DEVOPS_EXT_PAT", make.of(LOWER + "234567", 52))
    yield _named("an Azure OpenAI key", "AZURE_OPENAI_API_KEY", make.hex(32))
    yield _token("an Alibaba Cloud access key", "LTAI" + make.word(20))
    yield _named("an Alibaba Cloud secret key", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", make.word(30))
    yield _token("a Tencent Cloud secret ID", "AKID" + make.word(32))
    yield _token("a DigitalOcean token", "dop_v1_" + make.hex(64))
    yield _token("a Heroku key", "HRKU-AA" + make.url_safe(58))
    yield _named("a Heroku key", "HEROKU_API_KEY", make.uuid())
    yield _token("a Cloudflare token", "cfut_" + make.word(40) + make.hex(8))
    yield _named("a Cloudflare token", "CLOUDFLARE_API_TOKEN", make.url_safe(40))
    yield _token("a Cloudflare origin CA key", f"v1.0-{make.hex(24)}-{make.hex(146)}")
    yield _named("a Fastly token", "FASTLY_API_TOKEN", make.url_safe(32))
    yield _named("a Hetzner Cloud token", "HCLOUD_TOKEN", make.word(64))
    yield _named("a Scaleway secret key", "SCW_SECRET_KEY", make.uuid())
    yield _token("a Fly.io token", "fm2_" + make.base64(300))
    yield _token("a Netlify token", "nfp_" + make.word(36))
    yield _token("a Supabase token", "sbp_" + make.hex(40))
    yield _token("a PlanetScale credential", "pscale_tkn_" + make.url_safe(43))
    yield _token("a Tailscale key", f"tskey-auth-{make.word(17)}-{make.word(32)}")
    # Where code is kept, built and published
    for letter in "pousr":
        yield _token("a GitHub token", f"gh{letter}_" + make.word(36))
    yield _token("a GitHub token", f"github_pat_{make.word(22)}_{make.word(59)}")
    for prefix in "glpat gldt glrt glcbt glptt glft glimt glagent glsoat gloas glffct".split():
        yield _token("a GitLab token", f"{prefix}-" + make.word(26))
    yield _token("a GitLab token", f"glpat-{make.word(27)}.01.{make.of(LOWER + DIGITS, 7)}")
    yield _token("a GitLab token", "GR1348941" + make.word(20))
    yield _token("a Bitbucket password", "ATBB" + make.word(24) + make.hex(8).upper())
    yield _token("an Atlassian token", "ATATT3" + make.url_safe(186))
    yield _token("a Docker Hub token", "dckr_pat_" + make.url_safe(27))
    yield _token("a Docker Hub token", "dckr_oat_" + make.url_safe(32))
    auth = base64.b64encode(f"robot:{make.word(20)}".encode()).decode()
    login = json.dumps({"auths": {"registry.corp": {"auth": auth}}})
    yield _in_file("a registry password", ".docker/config.json", login)
    auth = base64.b64encode(f"robot:{make.word(20)}".encode()).decode()
    login = json.dumps({"auths": {"registry.corp": {"auth": auth}}}, separators=(",", ":"))
    encoded = base64.b64encode(login.encode()).decode()
    yield _in_file("a registry password in base 64", "s.yaml", f"  .dockerconfigjson: {encoded}\n")
    yield _token("a PyPI token", "pypi-AgE" + make.url_safe(150))
    yield _token("an npm token", "npm_" + make.word(36))
    registry = "//registry.corp/:"
    yield _in_file("an npm token", ".npmrc", f"{registry}_authToken={make.uuid()}\n")
    yield _in_file("an npm password", ".npmrc", f"{registry}_password={make.word(24)}\n")
    yield _token("a RubyGems key", "rubygems_" + make.hex(48))
    yield _token("a NuGet key", "oy2" + make.of(LOWER + DIGITS, 43), is_token=False)
    text = f'<add key="ClearTextPassword" value="{make.word(20)}" />\n'
    yield _in_file("a NuGet password", "nuget.config", text)
    yield _token("a crates.io token", "cio" + make.word(32), is_token=False)
    yield _token("an Artifactory key", "AKCp" + make.word(69))
    yield _token("an Artifactory token", "cmVmdGtuO" + make.word(55))
    yield _token("a CircleCI token", f"CCIPAT_{make.word(22)}_{make.hex(40)}")
    yield _token("a Buildkite token", "bkua_" + make.hex(40))
    yield _token("a SonarQube token", "squ_" + make.hex(40))
    yield _named("a Snyk token", "SNYK_TOKEN", make.uuid())
    yield _named("a Codecov token", "CODECOV_TOKEN", make.uuid())
    yield _token("a Sourcegraph token", f"sgp_{make.hex(16)}_{make.hex(40)}")
    # Models and what is around them
    yield _token("a Hugging Face token", "hf_" + make.word(34))
    yield _token("a Hugging Face token", "api_org_" + make.word(34))
    for sort in ("proj", "svcacct", "admin"):
        middle = "T3Blbk" + "FJ"
        text = f"sk-{sort}-{make.url_safe(74)}{middle}{make.url_safe(74)}"
        yield _token("an OpenAI key", text)
    yield _token("an OpenAI key", f"sk-{make.word(20)}T3Blbk" + f"FJ{make.word(20)}")
    yield _token("an Anthropic key", f"sk-ant-api03-{make.url_safe(93)}AA")
    yield _token("an OpenRouter key", "sk-or-v1-" + make.hex(64))
    yield _named("a Cohere key", "COHERE_API_KEY", make.word(40))
    yield _named("a Cohere key", "CO_API_KEY", make.word(40))
    yield _named("a Mistral key", "MISTRAL_API_KEY", make.word(32))
    yield _named("a DeepSeek key", "DEEPSEEK_API_KEY", "sk-" + make.hex(32))
    yield _token("a Groq key", "gsk_" + make.word(52))
    yield _token("an xAI key", "xai-" + make.word(80))
    yield _token("a Perplexity key", "pplx-" + make.word(48))
    yield _token("a Together key", "tgp_v1_" + make.url_safe(43))
    yield _named("a Together key", "TOGETHER_API_KEY", make.hex(64))
    yield _named("a Fireworks key", "FIREWORKS_API_KEY", "fw_" + make.word(22))
    yield _named("a Voyage key", "VOYAGE_API_KEY", "pa-" + make.url_safe(43))
    yield _token("a Jina key", "jina_" + make.word(60))
    yield _token("a Tavily key", "tvly-" + make.word(32))
    yield _token("a Replicate token", "r8_" + make.word(37))
    yield _token("an ElevenLabs key", "sk_" + make.hex(48), is_token=False)
    yield _named("a Deepgram key", "DEEPGRAM_API_KEY", make.hex(40))
    yield _named("an AssemblyAI key", "ASSEMBLYAI_API_KEY", make.hex(32))
    yield _token("a Weights & Biases key", "wandb_v1_" + make.word(77))
    yield _named("a Weights & Biases key", "WANDB_API_KEY", make.hex(40))
    text = f"machine api.wandb.ai\n  login user\n  password {make.hex(40)}\n"
    yield _in_file("a Weights & Biases key", ".netrc", text)
    yield _named("a Comet key", "COMET_API_KEY", make.word(25))
    address = make.json64(api_address="https://app.corp", api_key=make.uuid())
    yield _token("a Neptune token", address)
    yield _token("a LangSmith key", f"lsv2_pt_{make.hex(32)}_{make.hex(10)}")
    yield _token("a Langfuse key", "sk-lf-" + make.uuid())
    yield _token("an NVIDIA key", "nvapi-" + make.url_safe(64))
    yield _named("an NVIDIA key", "NGC_API_KEY", make.word(84))
    yield _in_file("an NVIDIA key", ".ngc/config", f"[CURRENT]\napikey = {make.word(84)}\n")
    yield _named("a Kaggle key", "KAGGLE_KEY", make.hex(32))
    text = json.dumps({"username": "me", "key": make.hex(32)})
    yield _in_file("a Kaggle key", "kaggle.json", text)
    yield _token("a Kaggle token", "KGAT_" + make.hex(32))
    yield _token("a Databricks token", f"dapi{make.hex(32)}-2")
    yield _token("a Pinecone key", f"pcsk_{make.word(6)}_{make.word(63)}")
    yield _named("a Pinecone key", "PINECONE_API_KEY", make.uuid())
    yield _named("a Weaviate key", "WEAVIATE_API_KEY", make.word(36))
    yield _named("a Qdrant key", "QDRANT_API_KEY", make.word(54))
    yield _named("a ClearML key", "CLEARML_API_SECRET_KEY", make.word(50))
    yield _named("a Label Studio token", "LABEL_STUDIO_API_KEY", make.hex(40))
    yield _named("a Modal token", "MODAL_TOKEN_SECRET", "as-" + make.word(22))
    yield _token("a RunPod key", "rpa_" + make.of(UPPER + DIGITS, 40) + make.of(LOWER, 6))
    yield _token("a Prefect key", "pnu_" + make.word(36))
    yield _in_file("a Firecrawl key", "a.py", f'firecrawl = App("fc-{make.hex(32)}")\n')
    # Messages and mail
    for text in (
        f"xoxb-{make.digits(12)}-{make.digits(13)}-{make.word(24)}",
        f"xapp-1-{make.of(UPPER + DIGITS, 11)}-{make.digits(13)}-{make.hex(64)}",
    ):
        yield _token("a Slack token", text)
    path = f"T{make.of(UPPER + DIGITS, 9)}/B{make.of(UPPER + DIGITS, 9)}/{make.word(24)}"
    yield _token("a Slack webhook", f"https://hooks.slack.com/services/{path}", is_token=False)
    path = f"{make.digits(18)}/{make.url_safe(68)}"
    yield _token("a Discord webhook", f"https://discord.com/api/webhooks/{path}", is_token=False)
    token = f"M{make.word(23)}.{make.word(6)}.{make.url_safe(38)}"
    yield _named("a Discord token", "DISCORD_BOT_TOKEN", token)
    yield _token("a Telegram token", f"{make.digits(10)}:AA{make.url_safe(33)}", is_token=False)
    path = f"{make.uuid()}@{make.uuid()}/IncomingWebhook/{make.hex(32)}/{make.uuid()}"
    hook = f"https://corp.webhook.office.com/webhookb2/{path}"
    yield _token("a Microsoft Teams webhook", hook, is_token=False)
    yield _token("a Twilio key", "SK" + make.hex(32), is_token=False)
    yield _named("a Twilio token", "TWILIO_AUTH_TOKEN", make.hex(32))
    yield _token("a SendGrid key", f"SG.{make.url_safe(22)}.{make.url_safe(43)}")
    yield _in_file("a Mailgun key", "a.py", f'mailgun("key-{make.hex(32)}")\n')
    yield _token("a Mailchimp key", f"{make.hex(32)}-us14", is_token=False)
    yield _token("a Brevo key", f"xkeysib-{make.hex(64)}-{make.word(16)}")
    # Money
    for sort in ("sk", "rk"):
        yield _token("a Stripe key", f"{sort}_live_" + make.word(99))
    yield _token("a Stripe webhook secret", "whsec_" + make.word(32))
    yield _token("a Square token", "sq0csp-" + make.url_safe(43))
    yield _named("a Square token", "SQUARE_ACCESS_TOKEN", "EAAA" + make.word(60))
    yield _token("a Shopify token", "shpat_" + make.hex(32))
    # What watches
    yield _named("a Datadog key", "DD_API_KEY", make.hex(32))
    yield _named("a Datadog key", "DD_APP_KEY", make.hex(40))
    yield _token("a New Relic key", "NRAK-" + make.of(UPPER + DIGITS, 27))
    yield _token("a New Relic key", make.hex(32) + "FFFFNRAL", is_token=False)
    yield _token("a Sentry token", "sntryu_" + make.hex(64))
    claims = make.json64(iat=make.digits(10), url="https://sentry.corp", org=make.word(12))
    yield _token("a Sentry token", f"sntrys_{claims}_{make.base64(43)}")
    yield _token("a Grafana token", f"glsa_{make.word(32)}_{make.hex(8)}")
    yield _token("a Grafana token", "glc_" + make.json64(o=make.digits(6), k=make.word(60)))
    yield _token("a Grafana token", make.json64(k=make.word(32), n="reader", id="1"))
    yield _token("a PostHog key", "phx_" + make.word(43))
    token = f"dt0c01.{make.of(UPPER + DIGITS, 24)}.{make.of(UPPER + DIGITS, 64)}"
    yield _token("a Dynatrace token", token)
    # Secrets about secrets
    yield _token("a Vault token", "hvs." + make.url_safe(95))
    yield _named("a Vault token", "VAULT_TOKEN", "s." + make.word(24))
    yield _token("a Doppler token", "dp.pt." + make.word(43))
    yield _token("a 1Password token", "ops_" + make.json64(email="a@b.corp", secret=make.word(200)))
    yield _token("a Terraform token", f"{make.word(14)}.atlasv1.{make.word(67)}")
    yield _token("a Pulumi token", "pul-" + make.hex(40))
    yield _token("an OpenShift token", "sha256~" + make.url_safe(43))
    # Where people work
    yield _token("a Linear key", "lin_api_" + make.word(40))
    yield _token("a Notion token", f"ntn_{make.digits(11)}{make.word(35)}")
    yield _named("a Notion token", "NOTION_TOKEN", "secret_" + make.word(43))
    yield _token("a Figma token", "figd_" + make.url_safe(40))
    yield _token("a Postman key", f"PMAK-{make.hex(24)}-{make.hex(34)}")
    yield _token("an Airtable token", f"pat{make.word(14)}.{make.hex(64)}", is_token=False)
    yield _token("a HubSpot token", f"pat-na1-{make.uuid()}")
    yield _token("a Dropbox token", "sl.u." + make.url_safe(140))
    yield _token("a Mapbox token", f"sk.eyJ{make.word(60)}.{make.url_safe(22)}")
    # Passwords
    text = f"machine pypi.corp login robot password {make.word(16)}\n"
    yield _in_file("a password in a netrc file", ".netrc", text)
    text = f"RUN echo machine pypi.corp login robot password {make.word(16)} > ~/.netrc\n"
    yield _in_file("a password in a netrc file", "Dockerfile", text)
    text = f"db.corp:5432:models:robot:{make.word(16)}\n"
    yield _in_file("a password in a pgpass file", ".pgpass", text)
    text = f"[client]\nuser = robot\npassword = {make.word(16)}\n"
    yield _in_file("a password in a configuration", ".my.cnf", text)
    text = f"<server><id>corp</id><password>{make.word(16)}</password></server>\n"
    yield _in_file("a password in a configuration", "settings.xml", text)
    text = f"root:$6${make.word(8)}${make.word(86)}:20000:0:99999:7:::\n"
    yield _in_file("a password hash", "shadow", text)
    yield _in_file("a master key of Rails", "config/master.key", make.hex(32))
    for scheme in ("postgresql", "redis", "amqp", "mongodb+srv", "https"):
        address = f"{scheme}://robot:{make.word(16)}@db.corp/x"
        yield _token("a password in a URL", address, is_token=False)
    text = f"https://robot:{make.word(20)}@git.corp\n"
    yield _in_file("a password in a URL", ".git-credentials", text)
    text = f"[global]\nindex-url = https://robot:{make.word(20)}@pypi.corp/simple\n"
    yield _in_file("a password in a URL", "pip.conf", text)
    # What only the words around it tell
    header = f'headers = {{"Authorization": "Bearer {make.word(40)}"}}\n'
    yield replace(_in_file("a credential in a header", "a.py", header), certain=False)
    token = f"{make.json64(alg='HS256', typ='JWT')}.{make.json64(sub=make.word(12))}."
    yield replace(
        _token("a JSON web token", token + make.url_safe(43), is_token=False), certain=False
    )
    yield replace(_named("a credential", "DB_PASSWORD", f"{make.word(12)}!"), certain=False)
    text = f"services:\n  api_key: {make.word(32)}\n"
    yield replace(_in_file("a credential", "config.yaml", text), certain=False)
    text = f"export INTERNAL_TOKEN={make.word(32)}\n"
    yield replace(_in_file("a credential", ".env", text), certain=False)


# --- Places


@dataclass(frozen=True, slots=True, order=True)
class Expected:
    """A leak as it has to be told."""

    place: str
    name: str
    kind: str
    layer: int | None
    step: int | None
    state: str
    removed_by: int | None
    removing_step: int | None
    certain: bool


def zipped(name: str, content: bytes, *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip with the file *name*."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr("README", "nothing to see\n" * 100)
        archive.writestr(name, content)
    return buffer.getvalue()


def streamed_zip(name: str, content: bytes) -> bytes:
    """Return a zip as it is written where nothing can be written again: sizes come behind."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.content = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, piece: object) -> int:
            taken = bytes(piece)  # type: ignore[call-overload]
            self.content += taken
            return len(taken)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README", "nothing to see\n" * 100)
        archive.writestr(name, content)
    return bytes(pipe.content)


def tarred(name: str, content: bytes) -> bytes:
    """Return a tar with the file *name*."""
    return tar_of(layer(file("README", "nothing to see\n" * 100), file(name, content)))


def byte_code(value: str) -> bytes:
    """Return the byte code of a module that has *value* as a constant."""
    code = compile(f"import os\nVALUE = {value!r}\nrun = lambda: (VALUE, None)\n", "a.py", "exec")
    return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code)


def notebook(text: str) -> str:
    """Return a notebook with *text* in a cell."""
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": text.splitlines(True)}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}, indent=1)


_ARCHIVES: tuple[tuple[str, Callable[[str, bytes], bytes]], ...] = (
    ("a.zip", zipped),
    ("b.zip", lambda name, content: zipped(name, content, compression=zipfile.ZIP_STORED)),
    ("c.jar", streamed_zip),
    ("pkg-1.0-py3-none-any.whl", lambda name, content: zipped(f"pkg/{name}", content)),
    ("d.tar", tarred),
    ("e.tar.gz", lambda name, content: gzip.compress(tarred(name, content))),
    ("f.tar.bz2", lambda name, content: bz2.compress(tarred(name, content))),
    ("g.tar.xz", lambda name, content: lzma.compress(tarred(name, content))),
)


@dataclass(frozen=True, slots=True)
class PlantedImage:
    """An image, and the leaks that it has."""

    inspected: Inspected
    expected: tuple[Expected, ...]


def planted_image(seed: int = 5) -> PlantedImage:
    """Return an image with every credential in every place that it fits."""
    planting = _Planting(Maker(seed))
    planting.files()
    planting.archives()
    planting.code()
    planting.documents()
    return planting.done()


def read_layer(made: MadeLayer) -> LayerIndex:
    """Return what reading *made* tells, with everybody looking."""
    found = index_layer(io.BytesIO(tar_of(made)), make_lookers())
    assert not found.problem
    return found.index


class _Planting:
    def __init__(self, make: Maker) -> None:
        self._make = make
        self._parts: list[MadeLayer | Step] = [layer(directory("srv"), by="ADD rootfs.tar /")]
        self._layers = 1
        self._expected: list[Expected] = []
        self._env: list[tuple[str, str]] = []
        self._labels: dict[str, str] = {}
        self._cmd: list[str] = ["serve"]

    def files(self) -> None:
        live, gone, turned = (list(samples(self._make)) for _ in range(3))
        again = list(samples(self._make))
        self._add_layer("COPY keys /srv/live", self._entries("srv/live", live))
        self._add_layer(
            "COPY keys /srv/gone",
            [*self._entries("srv/gone", gone), *self._entries("srv/turned", turned)],
        )
        self._add_layer("RUN rm -r /srv/gone", [whiteout("srv/gone")])
        self._add_layer("COPY new /srv/turned", self._entries("srv/turned", again))
        self._expect_files("srv/live", live, 1)
        self._expect_files("srv/gone", gone, 2, state="deleted", removed_by=3)
        self._expect_files("srv/turned", turned, 2, state="replaced", removed_by=4)
        self._expect_files("srv/turned", again, 4)

    def archives(self) -> None:
        entries = []
        at = self._layers
        for archive, pack in _ARCHIVES:
            for number, planted in enumerate(samples(self._make)):
                path = f"srv/{archive}.d/{number}/{archive}"
                entries.append(file(path, pack(planted.file, planted.text.encode())))
                inner = f"pkg/{planted.file}" if archive.endswith(".whl") else planted.file
                self._expect("file", f"{path}!{inner}", planted, at)
        self._add_layer("COPY archives /srv", entries)

    def code(self) -> None:
        entries = []
        at = self._layers
        for number, planted in enumerate(samples(self._make)):
            if planted.is_token:
                path = f"srv/code/{number}.pyc"
                entries.append(file(path, byte_code(planted.value)))
                self._expect("file", path, planted, at)
        for number, planted in enumerate(samples(self._make)):
            if planted.file.endswith(".py"):
                path = f"srv/notebooks/{number}.ipynb"
                entries.append(file(path, notebook(planted.text)))
                self._expect("file", path, planted, at)
        for number, planted in enumerate(samples(self._make)):
            path = f"srv/wide/{number}/{planted.file}"
            entries.append(file(path, planted.text.encode("utf-16")))
            self._expect("file", path, planted, at)
        self._add_layer("COPY code /srv", entries)

    def documents(self) -> None:
        for number, planted in enumerate(samples(self._make)):
            if planted.value:
                name = planted.name or f"SETTING_{number}"
                if name in dict(self._env):
                    continue
                self._env.append((name, planted.value))
                self._expect("environment", name, planted, None, step=len(self._parts))
                self._parts.append(step(f"ENV {name}={planted.value}"))
        for number, planted in enumerate(samples(self._make)):
            if planted.value:
                name = f"com.corp.setting-{number}"
                self._labels[name] = self._assigned(planted)
                self._expect("label", name, planted, None, step=len(self._parts))
                self._parts.append(step(f"LABEL {name}={self._labels[name]}"))
        for planted in samples(self._make):
            if planted.value:
                name = planted.name or "SETTING"
                self._expect("history", name, planted, None, step=len(self._parts))
                self._parts.append(
                    step(f"RUN |1 {name}={planted.value} /bin/sh -c make # buildkit")
                )
        for planted in samples(self._make):
            if planted.value:
                self._cmd.append(f"--set={self._assigned(planted)}")
                self._expect("command", "cmd", planted, None, step=-1)

    def done(self) -> PlantedImage:
        at = len(self._parts)
        self._parts.append(step(f"CMD {json.dumps(self._cmd)}"))
        config = replace(
            PLAIN,
            env=tuple(self._env),
            labels=self._labels,
            cmd=tuple(self._cmd),
            healthcheck=Healthcheck(test=("curl", "-f", "http://localhost:8000/health")),
        )
        made = image(*self._parts, config=config)
        layers = tuple(part for part in self._parts if isinstance(part, MadeLayer))
        inspected = replace(
            made,
            layers=tuple(
                replace(each, index=read_layer(part))
                for each, part in zip(made.layers, layers, strict=True)
            ),
        )
        expected = (replace(each, step=at) if each.step == -1 else each for each in self._expected)
        return PlantedImage(inspected, tuple(sorted(expected, key=str)))

    def _entries(self, folder: str, planted: list[Planted]) -> list[Entry]:
        return [
            file(f"{folder}/{number}/{each.file}", each.text) for number, each in enumerate(planted)
        ]

    def _add_layer(self, by: str, entries: Sequence[Entry | Whiteout]) -> None:
        self._parts.append(layer(*entries, by=by))
        self._layers += 1

    def _assigned(self, planted: Planted) -> str:
        return f"{planted.name}={planted.value}" if planted.name else planted.value

    def _expect_files(
        self,
        folder: str,
        planted: list[Planted],
        at: int,
        *,
        state: str = "live",
        removed_by: int | None = None,
    ) -> None:
        for number, each in enumerate(planted):
            path = f"{folder}/{number}/{each.file}"
            self._expect("file", path, each, at, state=state, removed_by=removed_by)

    def _expect(
        self,
        place: str,
        name: str,
        planted: Planted,
        at: int | None,
        *,
        step: int | None = None,
        state: str = "live",
        removed_by: int | None = None,
    ) -> None:
        # Until the documents come, every part is a layer.
        self._expected.append(
            Expected(
                place,
                name,
                planted.kind,
                at,
                at if step is None else step,
                state,
                removed_by,
                removed_by,
                planted.certain,
            )
        )
