{{/* The names, labels and blocks that several manifests have in common. */}}

{{- define "dawn.name" -}}
{{- printf "%s-%s" .root.Release.Name .role | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{- define "dawn.selector" -}}
app.kubernetes.io/name: dawn
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{- define "dawn.labels" -}}
{{ include "dawn.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | quote }}
{{- end }}

{{- define "dawn.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default (printf "%s-scale" .Chart.AppVersion) }}
{{- end }}

{{/* What every pod of the program's image has. */}}
{{- define "dawn.pod" -}}
enableServiceLinks: false
automountServiceAccountToken: false
serviceAccountName: {{ .Values.serviceAccount }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- include "dawn.placing" . }}
{{- end }}

{{- define "dawn.placing" -}}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "dawn.container" -}}
image: {{ include "dawn.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{ include "dawn.locked" . }}
{{- end }}

{{- define "dawn.locked" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{/* Where the root cannot be written: a home and a place for what passes. */}}
{{- define "dawn.scratch" -}}
- name: home
  mountPath: /home/dawn
- name: tmp
  mountPath: /tmp
{{- end }}

{{- define "dawn.scratchVolumes" -}}
- name: home
  emptyDir: {}
- name: tmp
  emptyDir: {}
{{- end }}

{{- define "dawn.api" -}}
- name: PREFECT_API_URL
  value: http://{{ include "dawn.name" (dict "root" . "role" "server") }}:4200/api
{{- end }}

{{- define "dawn.store" -}}
- name: DAWN_STORE
  value: {{ .Values.store | quote }}
{{- range list "AWS_REGION" "AWS_DEFAULT_REGION" }}{{/* some of AWS's own tools read the second name only */}}
- name: {{ . }}
  value: {{ $.Values.objects.region | quote }}
{{- end }}
{{- if .Values.objects.enabled }}
- name: AWS_ENDPOINT_URL
  value: http://{{ include "dawn.name" (dict "root" . "role" "objects") }}:8333
{{- else if .Values.objects.endpoint }}
- name: AWS_ENDPOINT_URL
  value: {{ .Values.objects.endpoint | quote }}
{{- end }}
{{- include "dawn.keys" . }}
{{- end }}

{{- define "dawn.keys" }}
{{- with .Values.objects.existingSecret }}
- name: AWS_ACCESS_KEY_ID
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: access-key-id
- name: AWS_SECRET_ACCESS_KEY
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: secret-access-key
{{- end }}
{{- end }}

{{- define "dawn.databaseHost" -}}
{{- if .Values.postgresql.enabled -}}
{{ include "dawn.name" (dict "root" . "role" "database") }}
{{- else -}}
{{ required "postgresql.enabled is false: say postgresql.host" .Values.postgresql.host }}
{{- end -}}
{{- end }}

{{- define "dawn.lake" -}}
- name: DAWN_LAKE
  value: {{ printf "postgres:dbname=%s host=%s port=%v user=%s" .Values.lake.database (include "dawn.databaseHost" .) .Values.postgresql.port .Values.lake.user | quote }}
{{- end }}

{{- define "dawn.password" -}}
- name: {{ .as }}
  valueFrom:
    secretKeyRef:
      name: {{ .root.Values.postgresql.existingSecret }}
      key: {{ .key }}
{{- end }}

{{- define "dawn.claim" -}}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ include "dawn.name" (dict "root" .root "role" .role) }}
  labels:
    {{- include "dawn.labels" (dict "root" .root "role" .role) | nindent 4 }}
  annotations:
    helm.sh/resource-policy: keep # `helm uninstall` takes no data away
spec:
  accessModes: [ReadWriteOnce]
  {{- with .storageClass }}
  storageClassName: {{ . }}
  {{- end }}
  resources:
    requests:
      storage: {{ .storage }}
{{- end }}

{{- define "dawn.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "dawn.name" (dict "root" .root "role" .role) }}
  labels:
    {{- include "dawn.labels" (dict "root" .root "role" .role) | nindent 4 }}
spec:
  type: ClusterIP
  selector:
    {{- include "dawn.selector" (dict "root" .root "role" .role) | nindent 4 }}
  ports:
    - port: {{ .port }}
      targetPort: {{ .port }}
{{- end }}
